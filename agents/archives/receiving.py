"""Takes the bytes of an upload in, piece by piece, and never more of them than were announced."""

from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from agents.archives.errors import UploadIncomplete, UploadLinkUsed, UploadTooLarge
from agents.archives.incoming import Incoming, incoming_file
from agents.archives.stale import delete_files
from agents.models import AgentArchive, ArchiveStatus
from console.ids import new_id

_PIECE_BYTES = 256 * 1024


def file_name(archive: AgentArchive) -> str:
    """Return a new name in file storage, which gives nothing of the archive's own away."""
    return f"archives/{archive.organization_id}/{archive.pk}-{new_id().hex}.zip"


def receive(archive: AgentArchive, body: IO[bytes]) -> None:
    """Store what is read from `body` as the archive's file.

    Raise UploadTooLarge as soon as there is more than was announced, UploadIncomplete where there is less: both leave
    the link good for another try. Raise UploadLinkUsed where there is a file already.
    """
    if archive.status != ArchiveStatus.AWAITING:
        raise _used()
    with incoming_file() as incoming:
        _copy(body, incoming.file, archive.size_bytes)
        name = default_storage.save(file_name(archive), _OnDisk(incoming))
    try:
        _take(archive, name)
    except BaseException:
        delete_files([name])
        raise


def _copy(body: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy just `size` bytes; read no further where there are more."""
    count = 0
    while piece := body.read(_PIECE_BYTES):
        count += len(piece)
        if count > size:
            raise UploadTooLarge(f"There are more than the {size:,} bytes that were announced.")
        target.write(piece)
    if count < size:
        raise UploadIncomplete(f"{count:,} of {size:,} bytes came. Send it again to the same link.")
    target.flush()
    target.seek(0)


def _take(archive: AgentArchive, name: str) -> None:
    """Make the file the archive's own, unless another upload by the same link was faster."""
    awaited = AgentArchive.objects.filter(pk=archive.pk, status=ArchiveStatus.AWAITING)
    if not awaited.update(status=ArchiveStatus.UPLOADED, file=name):
        raise _used()


def _used() -> UploadLinkUsed:
    return UploadLinkUsed("This link has been used. An upload is made once: confirm it, or begin another.")


class _OnDisk(File):  # type: ignore[type-arg]  # Django's takes none when it runs
    """A file that storage on the same disk takes by its name, so that it is there whole or not at all."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__(incoming.file, name=incoming.path.name)
        self._path = incoming.path

    def temporary_file_path(self) -> str:
        return str(self._path)
