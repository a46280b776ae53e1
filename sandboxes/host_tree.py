"""Walks a folder of the host for the way into a sandbox, without ever following a link in it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sandboxes.errors import FileError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class EntryKind(StrEnum):
    FOLDER = "folder"
    FILE = "file"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One thing in a folder of the host: its path below it, and its size in bytes where it is a file.

    `handle` is the open folder that it is in, and good until the walk goes on. `target` is where a link leads.
    """

    path: str
    kind: EntryKind
    handle: int
    size: int = 0
    is_executable: bool = False
    target: str = ""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def mode(self) -> int:
        return 0o755 if self.is_executable or self.kind is EntryKind.FOLDER else 0o644

    def open(self) -> BinaryIO:
        """Open a file. Raise FileError where it has become something else since it was looked at."""
        handle = os.open(self.name, _READ, dir_fd=self.handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileError(f"{self.path} changed while it was read.", path=self.path)
        return open(handle, "rb", buffering=0)  # noqa: PTH123  # a descriptor, not a path


def entries(folder: Path) -> Iterator[HostEntry]:
    """Yield what is in a folder, each folder before what is in it, in the order of their names.

    Raise FileError for what is neither file, folder nor link.
    """
    handle = os.open(folder, _FOLDER)
    try:
        yield from entries_at(handle)
    finally:
        os.close(handle)


def entries_at(handle: int) -> Iterator[HostEntry]:
    """Yield what is in an open folder, as `entries` does."""
    yield from _below(handle, "")


def _below(handle: int, prefix: str) -> Iterator[HostEntry]:
    for name in sorted(os.listdir(handle)):
        entry = _entry(handle, name, prefix)
        yield entry
        if entry.kind is EntryKind.FOLDER:
            inner = os.open(name, _FOLDER, dir_fd=handle)
            try:
                yield from _below(inner, f"{entry.path}/")
            finally:
                os.close(inner)


def _entry(handle: int, name: str, prefix: str) -> HostEntry:
    path = f"{prefix}{name}"
    found = os.lstat(name, dir_fd=handle)
    if stat.S_ISDIR(found.st_mode):
        return HostEntry(path, EntryKind.FOLDER, handle)
    if stat.S_ISREG(found.st_mode):
        return HostEntry(path, EntryKind.FILE, handle, found.st_size, bool(found.st_mode & stat.S_IXUSR))
    if stat.S_ISLNK(found.st_mode):
        return HostEntry(path, EntryKind.LINK, handle, target=os.readlink(name, dir_fd=handle))
    raise FileError(f"{path} is neither a file nor a folder.", path=path)
