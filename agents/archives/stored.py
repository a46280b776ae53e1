"""Copies an archive out of file storage, to look through it or to unpack it."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.core.files.storage import default_storage

from agents.archives.direct import STORAGE_ERRORS
from agents.archives.incoming import incoming_file

_PIECE_BYTES = 1024 * 1024


class LocalCopy(NamedTuple):
    """A file on this machine, its size in bytes and its digest."""

    path: Path
    size: int
    sha256: str


class FileUnreadable(Exception):
    """File storage has no such file, or doesn't give it out at the moment."""


@contextlib.contextmanager
def local_copy(file: str, *, most_bytes: int) -> Iterator[LocalCopy]:
    """Lend a copy of a file of at most `most_bytes`; of a longer one, a piece more than that. Raise FileUnreadable."""
    with incoming_file() as incoming:
        digest, size = hashlib.sha256(), 0
        for piece in _pieces(file):
            digest.update(piece)
            incoming.file.write(piece)
            size += len(piece)
            if size > most_bytes:
                break
        incoming.file.flush()
        yield LocalCopy(incoming.path, size, digest.hexdigest())


def _pieces(file: str) -> Iterator[bytes]:
    try:
        with default_storage.open(file) as stored:
            while piece := stored.read(_PIECE_BYTES):
                yield piece
    except STORAGE_ERRORS as error:
        raise FileUnreadable(str(error)) from error
