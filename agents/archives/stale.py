"""Forgets archives that no agent has used for a while, whether they were confirmed or not."""

import contextlib
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from agents.archives.direct import STORAGE_ERRORS
from agents.archives.uses import uses_in
from agents.models import AgentArchive
from console.ids import from_public

_MOST_AT_ONCE = 500


@transaction.atomic
def delete_stale() -> int:
    """Delete archives that nothing uses and nobody has chosen of late, with their files; return how many.

    One that is being chosen at this moment is locked, and so is passed over.
    """
    limit = timezone.now() - timedelta(hours=settings.CALLBOARD_ARCHIVE_HOURS)
    old = AgentArchive.objects.filter(chosen_at__lt=limit)
    owners = old.values_list("organization_id", flat=True).distinct()
    used = {from_public(AgentArchive.ID_PREFIX, use.archive_id) for use in uses_in(list(owners))}
    unused = old.select_for_update(skip_locked=True).exclude(pk__in=used - {None})
    stale = list(unused.order_by("chosen_at")[:_MOST_AT_ONCE])
    AgentArchive.objects.filter(pk__in=[archive.pk for archive in stale]).delete()
    files = [archive.file for archive in stale]
    # Only behind the commit: a file without its row is waste, a row without its file is a run that breaks.
    transaction.on_commit(lambda: delete_files(files))
    return len(stale)


def delete_files(files: Iterable[str]) -> None:
    """Delete what there is of the files. What storage doesn't let go of now is waste, and no reason to fail."""
    for file in filter(None, files):
        with contextlib.suppress(*STORAGE_ERRORS):
            default_storage.delete(file)
