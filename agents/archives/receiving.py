"""Takes the bytes of an upload in, piece by piece, and never more of them than were announced."""

import contextlib
from collections.abc import Iterator
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from agents.archives.errors import UploadIncomplete, UploadLinkUsed, UploadTooLarge
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
    name = file_name(archive)
    try:
        default_storage.save(name, _Counted(body, archive.size_bytes))
        _take(archive, name)
    except BaseException:
        with contextlib.suppress(OSError):
            default_storage.delete(name)
        raise


def _take(archive: AgentArchive, name: str) -> None:
    """Make the file the archive's own, unless another upload by the same link was faster."""
    awaited = AgentArchive.objects.filter(pk=archive.pk, status=ArchiveStatus.AWAITING)
    if not awaited.update(status=ArchiveStatus.UPLOADED, file=name):
        raise _used()


def _used() -> UploadLinkUsed:
    return UploadLinkUsed("This link has been used. An upload is made once: confirm it, or begin another.")


class _Counted(File):  # type: ignore[type-arg]  # Django's takes none when it runs
    """A body that is read once, and must have just `size` bytes."""

    def __init__(self, body: IO[bytes], size: int) -> None:
        super().__init__(body, name="upload.zip")
        self._body = body
        self.size = size

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        count = 0
        while piece := self._body.read(chunk_size or _PIECE_BYTES):
            count += len(piece)
            if count > self.size:
                raise UploadTooLarge(f"There are more than the {self.size:,} bytes that were announced.")
            yield piece
        if count < self.size:
            raise UploadIncomplete(f"{count:,} of {self.size:,} bytes came. Send it again to the same link.")

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:  # noqa: ARG002  # whatever the size
        return True
