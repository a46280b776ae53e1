"""Packs files for the way into a sandbox."""

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sandboxes.errors import FileError
from sandboxes.host_tree import EntryKind, HostEntry, entries

_PIECE_BYTES = 256 * 1024
_KINDS = {EntryKind.FOLDER: tarfile.DIRTYPE, EntryKind.FILE: tarfile.REGTYPE, EntryKind.LINK: tarfile.SYMTYPE}


def packed(files: Mapping[str, bytes], *, mode: int = 0o644) -> bytes:
    """Return a tar with the files, by their relative paths."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def streamed(folder: Path, *, below: str, first: Iterable[tarfile.TarInfo], owner: int) -> Iterator[bytes]:
    """Yield a tar of what is in a folder of the host, piece by piece, with every path put `below` another.

    `first` are entries that go before. Everything belongs to the number `owner`. Links stay links.
    """
    piece = bytearray()
    for part in _parts(folder, below, first, owner):
        piece += part
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _parts(folder: Path, below: str, first: Iterable[tarfile.TarInfo], owner: int) -> Iterator[bytes]:
    for info in first:
        yield _head(info)
    for entry in entries(folder):
        info = tarfile.TarInfo(f"{below}/{entry.path}")
        info.type, info.mode, info.size, info.linkname = _KINDS[entry.kind], entry.mode, entry.size, entry.target
        info.uid = info.gid = owner
        yield _head(info)
        if entry.kind is EntryKind.FILE:
            yield from _contents(entry)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _head(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.GNU_FORMAT, errors="surrogateescape")


def _contents(entry: HostEntry) -> Iterator[bytes]:
    """Yield a file in pieces, filled up to whole blocks. Raise FileError where it is not as long as it was."""
    left = entry.size
    with entry.open() as file:
        while left and (data := file.read(min(left, _PIECE_BYTES))):
            left -= len(data)
            yield data
    if left:
        raise FileError(f"{entry.path} changed while it was read.", path=entry.path)
    yield bytes(-entry.size % tarfile.BLOCKSIZE)
