"""Uploading archives with agents' code, confirming them, and deleting what nothing uses."""

import threading
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agents.archives.direct import is_direct
from agents.archives.errors import ArchiveInUse, ArchiveInvalid, ArchiveNotUploaded, ArchiveUnfit
from agents.archives.limits import LIMITS, LONGEST_NAME, MOST_MEGABYTES
from agents.archives.receiving import file_name
from agents.archives.stale import delete_files
from agents.archives.stored import FileUnreadable, LocalCopy, local_copy
from agents.archives.unpacked import facts_of, hold_unpacked
from agents.archives.uses import users_of_archives
from agents.models import AgentArchive, ArchiveStatus
from agents.sources.unpacking.faults import ArchiveRefused, Fault
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem, Unavailable
from console.ids import new_id
from console.storable import unstorable

_OPEN = (ArchiveStatus.AWAITING, ArchiveStatus.UPLOADED)


def archive_create(*, actor: Actor, filename: str, size: int) -> AgentArchive:
    """Make room for an archive of `size` bytes, which its upload must have; raise ArchiveInvalid with every problem."""
    require(actor, Permission.UPLOAD_ARCHIVES)
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if problems := [*_name_problems(name), *_size_problems(size)]:
        raise ArchiveInvalid.of(problems)
    archive = AgentArchive(
        id=new_id(), organization_id=actor.organization_id, filename=name, size_bytes=size,
        uploaded_by=actor.label[:255],
        upload_expires_at=timezone.now() + timedelta(minutes=settings.CALLBOARD_UPLOAD_LINK_MINUTES),
    )  # fmt: skip
    if is_direct():
        archive.file = file_name(archive)
    archive.save()
    audit.record(actor=actor, action="archive.create", target=archive, after={"name": name, "size_bytes": size})
    return archive


def archive_confirm(*, actor: Actor, archive: AgentArchive) -> AgentArchive:
    """Look an uploaded archive through, and let agents have it. Confirming it again changes nothing.

    Raise ArchiveNotUploaded, or ArchiveUnfit with the reason: then it is refused for good, and its file deleted.
    """
    require(actor, Permission.UPLOAD_ARCHIVES)
    if archive.status == ArchiveStatus.CONFIRMED:
        return archive
    if archive.status == ArchiveStatus.REFUSED:
        raise ArchiveUnfit(archive.refusal, details={"reason": archive.fault})
    if not archive.file:
        raise ArchiveNotUploaded("Nothing was uploaded yet. Send the file to the upload link first.")
    try:
        with local_copy(archive.file, most_bytes=archive.size_bytes) as copy:
            _look_through(actor, archive, copy)
    except FileUnreadable as error:
        raise ArchiveNotUploaded("The file is not there yet. Send it to the upload link first.") from error
    except ArchiveRefused as refused:
        _refuse(actor, archive, refused)
        raise ArchiveUnfit.because(refused) from refused
    return archive


@transaction.atomic
def archive_delete(*, actor: Actor, archive: AgentArchive) -> None:
    """Delete an archive with its file; raise ArchiveInUse where an agent names it."""
    require(actor, Permission.UPLOAD_ARCHIVES)
    archive = AgentArchive.objects.select_for_update().get(pk=archive.pk)
    users = users_of_archives(actor.organization_id).get(archive.public_id)
    if users:
        raise ArchiveInUse(f"{archive.filename} is used by {', '.join(users)}. Give them other code first.")
    audit.record(actor=actor, action="archive.delete", target=archive, before={"name": archive.filename})
    file = archive.file
    archive.delete()
    transaction.on_commit(lambda: delete_files([file]))


def _look_through(actor: Actor, archive: AgentArchive, copy: LocalCopy) -> None:
    """Unpack it, which leaves it in the cache for its first run, and keep what came out."""
    if copy.size != archive.size_bytes:
        sentence = f"It has another size than the {archive.size_bytes:,} bytes that were announced."
        raise ArchiveRefused(Fault.FALSE_SIZE, sentence)
    try:
        held = hold_unpacked(copy.path, copy.sha256, threading.Event())
    except OSError as error:
        raise Unavailable(f"It can't be unpacked at the moment: {error.strerror}. Confirm it again later.") from error
    facts = facts_of(held)
    held.release()
    _end(
        archive, ArchiveStatus.CONFIRMED, sha256=copy.sha256, file_count=facts.files, unpacked_bytes=facts.size,
        flattened=facts.flattened, confirmed_at=timezone.now(), chosen_at=timezone.now(),
    )  # fmt: skip
    audit.record(
        actor=actor, action="archive.confirm", target=archive,
        after={"name": archive.filename, "sha256": archive.sha256, "files": archive.file_count},
    )  # fmt: skip


def _refuse(actor: Actor, archive: AgentArchive, refused: ArchiveRefused) -> None:
    file = archive.file
    _end(archive, ArchiveStatus.REFUSED, fault=refused.fault.value, refusal=refused.sentence, file="")
    audit.record(
        actor=actor, action="archive.refuse", target=archive,
        after={"name": archive.filename, "reason": refused.fault.value},
    )  # fmt: skip
    delete_files([file])


def _end(archive: AgentArchive, status: ArchiveStatus, **facts: object) -> None:
    """Decide on an upload, unless somebody else just has: then that stands."""
    AgentArchive.objects.filter(pk=archive.pk, status__in=_OPEN).update(status=status, **facts)
    archive.refresh_from_db()


def _name_problems(name: str) -> list[Problem]:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or next(unstorable(name), None):
        return [Problem(f"Give the file's name, in at most {LONGEST_NAME} characters that can be seen.", "filename")]
    if not name.lower().endswith(".zip"):
        return [Problem("Only ZIP archives can be uploaded: the name must end in .zip.", "filename")]
    return []


def _size_problems(size: int) -> list[Problem]:
    if size < 1:
        return [Problem("The file is empty.", "size")]
    if size > LIMITS.packed:
        return [Problem(f"An archive has at most {MOST_MEGABYTES} MB.", "size")]
    return []
