"""Copies a folder of the host into one whose contents an agent controls, without following a link in either."""

import contextlib
import os
from pathlib import Path
from typing import Self

from sandboxes.errors import FileError, FileTooLarge
from sandboxes.files import FOLDER, WRITE, Owner, give, make_folder, open_folder, told_as
from sandboxes.host_tree import EntryKind, HostEntry, entries, entries_at
from sandboxes.inside import InsidePath

_PIECE = 1024**3


def copy_beneath(base: Path, place: InsidePath, folder: Path, *, owner: Owner) -> None:
    """Copy what is in `folder` to a place beneath `base`. A file or link in the way of a file is replaced."""
    with told_as(place), open_folder(base, place.parts, owner) as root, _Targets(root, owner) as targets:
        for entry in entries(folder):
            targets.take(entry)


def copy_out(base: Path, place: InsidePath, target: Path, *, limit: int) -> None:
    """Copy what is in a place beneath `base` into a folder of ours. Raise FileTooLarge for more than `limit` bytes."""
    own = Owner(os.geteuid(), os.getegid())
    left = limit
    with (
        told_as(place),
        open_folder(base, place.parts) as source,
        open_folder(target, ()) as root,
        _Targets(root, own) as targets,
    ):
        for entry in entries_at(source):
            left -= entry.size
            if left < 0:
                raise FileTooLarge(f"{place.text} holds more than {limit:,} bytes.", path=place.text, limit=limit)
            targets.take(entry)


class _Targets:
    """The folders that are copied into: the root, and below it those on the way to what is copied now."""

    def __init__(self, root: int, owner: Owner) -> None:
        self._root = root
        self._owner = owner
        self._open: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_below(0)

    def take(self, entry: HostEntry) -> None:
        self._close_below(entry.path.count("/"))
        folder = self._open[-1] if self._open else self._root
        if entry.kind is EntryKind.FOLDER:
            make_folder(entry.name, folder, self._owner)
            self._open.append(os.open(entry.name, FOLDER, dir_fd=folder))
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(entry.name, dir_fd=folder)
        if entry.kind is EntryKind.LINK:
            _put_link(entry, folder, self._owner)
        else:
            _put_file(entry, folder, self._owner)

    def _close_below(self, depth: int) -> None:
        while len(self._open) > depth:
            os.close(self._open.pop())


def _put_link(entry: HostEntry, folder: int, owner: Owner) -> None:
    os.symlink(entry.target, entry.name, dir_fd=folder)
    if os.geteuid() == 0:
        os.chown(entry.name, owner.uid, owner.gid, dir_fd=folder, follow_symlinks=False)


def _put_file(entry: HostEntry, folder: int, owner: Owner) -> None:
    handle = os.open(entry.name, WRITE, mode=0o600, dir_fd=folder)
    with open(handle, "wb", buffering=0), entry.open() as source:  # noqa: PTH123  # a descriptor, not a path
        _copy(source.fileno(), handle, entry.size)
        if os.fstat(handle).st_size != entry.size:
            raise FileError(f"{entry.path} changed while it was read.", path=entry.path)
        give(handle, owner)
        os.fchmod(handle, entry.mode)


def _copy(source: int, target: int, size: int) -> None:
    """Copy within the kernel, at most `size` bytes."""
    while size > 0 and (count := os.sendfile(target, source, None, min(size, _PIECE))):
        size -= count
