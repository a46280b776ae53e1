"""Unpacks what comes out of a sandbox into a folder of the host, where nothing in it is ever followed or believed."""

import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sandboxes.errors import FileError, FileTooLarge

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_ENTRIES = 500_000
_END = bytes(2 * tarfile.BLOCKSIZE)


def unpack(pieces: Iterator[bytes], target: Path, *, inside: str, limit: int) -> None:
    """Unpack a tar whose first entry is a folder: what is in that comes into `target`, an empty folder.

    Files, folders and links alone; links stay as they are. Of the modes the owner's right to execute is kept. Raise
    FileTooLarge for more than `limit` bytes, FileError for anything else. `inside` is the folder's path in the sandbox.
    """
    stream = _Stream(pieces)
    try:
        with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r|", bufsize=tarfile.BLOCKSIZE * 512) as tar:
            _Target(target, inside, limit).take_all(tar)
    except (tarfile.TarError, EOFError) as error:
        raise FileError(f"{inside} could not be read: {error}.", path=inside) from error
    stream.finish()
    if stream.tail != _END:  # the tarfile module takes a head that is cut short for the end
        raise FileError(f"{inside} was cut short.", path=inside)


class _Target:
    def __init__(self, folder: Path, inside: str, limit: int) -> None:
        self._folder = folder
        self._inside = inside
        self._limit = limit
        self._left = limit
        #: Those that were made here and are no links.
        self._folders = {PurePosixPath(): folder}

    def take_all(self, tar: tarfile.TarFile) -> None:
        for count, member in enumerate(tar):
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if count >= _MOST_ENTRIES:
                raise FileError(f"{self._inside} holds more than {_MOST_ENTRIES:,} files.", path=self._inside)
            if path.parts:
                self._take(tar, member, path)
            elif not member.isdir():
                raise FileError(f"{self._inside} is no folder.", path=self._inside)

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: PurePosixPath) -> None:
        parent = self._folders.get(path.parent)
        if parent is None or path.name in {"", ".", ".."}:
            raise FileError(f"{path} is not in a folder of {self._inside}.", path=self._inside)
        place = parent / path.name
        try:
            self._put(tar, member, place)
        except FileExistsError as error:
            raise FileError(f"{path} is in {self._inside} twice.", path=self._inside) from error
        if member.isdir():
            self._folders[path] = place

    def _put(self, tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
        if member.isdir():
            place.mkdir(mode=0o755)
        elif member.issym():
            place.symlink_to(member.linkname)
        elif member.isreg():
            self._left -= member.size
            if self._left < 0:
                told = f"{self._inside} holds more than {self._limit:,} bytes."
                raise FileTooLarge(told, path=self._inside, limit=self._limit)
            _write(tar, member, place)
        else:
            raise FileError(f"{place.name} in {self._inside} is neither file, folder nor link.", path=self._inside)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    source = tar.extractfile(member)
    handle = os.open(place, _WRITE, 0o755 if member.mode & 0o100 else 0o644)
    with open(handle, "wb") as file:  # noqa: PTH123  # a descriptor, not a path
        if source is not None:
            shutil.copyfileobj(source, file, 1024 * 1024)
        if file.tell() != member.size:
            raise EOFError(f"{place.name} was cut short")


class _Stream:
    """A file that can only be read on, made of pieces. `tail` is what came last of it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.tail = b""

    def finish(self) -> None:
        """Read to the end, so that the connection is given back."""
        while self._more() is not None:
            pass

    def read(self, size: int) -> bytes:
        parts = [self._rest]
        length = len(self._rest)
        while length < size and (piece := self._more()) is not None:
            parts.append(piece)
            length += len(piece)
        data = b"".join(parts)
        self._rest = data[size:]
        return data[:size]

    def _more(self) -> bytes | None:
        piece = next(self._pieces, None)
        if piece is not None:
            self.tail = (self.tail + piece)[-len(_END) :]
        return piece
