"""Forgets uploads that were looked through and never seeded."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from evaluation.models import Dataset, DatasetStatus

#: For so long somebody may think about an upload.
KEPT = timedelta(days=1)
_MOST_AT_ONCE = 500


@transaction.atomic
def delete_stale() -> int:
    """Delete checked uploads of more than a day ago with their files; return how many.

    One that is being seeded at this moment is locked, and so is passed over.
    """
    stale = Dataset.objects.select_for_update(skip_locked=True).filter(
        status=DatasetStatus.CHECKED, created_at__lt=timezone.now() - KEPT
    )
    found = list(stale.order_by("pk").values_list("pk", "file")[:_MOST_AT_ONCE])
    Dataset.objects.filter(pk__in=[key for key, _ in found]).delete()
    files = [file for _, file in found if file]
    # Only behind the commit: a file without its row is waste, a row without its file is a broken page.
    transaction.on_commit(lambda: _delete_files(files))
    return len(found)


def _delete_files(files: Sequence[str]) -> None:
    for file in files:
        default_storage.delete(file)
