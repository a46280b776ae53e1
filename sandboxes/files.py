"""Writes and reads files in a folder whose contents an agent controls, without ever following a link.

Each name on the way is opened relative to the folder before it, so that a link put in place meanwhile is met with a
refusal and not with a file of the host.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sandboxes.errors import FileError, FileMissing, FileTooLarge, PathRefused
from sandboxes.inside import InsidePath

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: What opening a link, a file as a folder, or a socket answers with.
_LINK_ERRORS = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK, errno.ENXIO})


class Owner(NamedTuple):
    """Who owns the files inside, by the host's numbers."""

    uid: int
    gid: int


def write_beneath(base: Path, place: InsidePath, data: bytes, *, mode: int, owner: Owner) -> None:
    """Write a file whole or not at all. Raise PathRefused for a way through a link or a target that is no file."""
    with told_as(place), open_folder(base, place.parts[:-1], owner) as folder:
        _refuse_irregular(place, folder)
        draft = f".{secrets.token_hex(8)}.part"
        handle = os.open(draft, WRITE, mode=0o600, dir_fd=folder)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123  # a descriptor, not a path
                file.write(data)
                give(handle, owner)
                os.fchmod(handle, mode)
            os.rename(draft, place.parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(draft, dir_fd=folder)
            raise


def read_beneath(base: Path, place: InsidePath, *, limit: int) -> bytes:
    """Return a regular file of at most `limit` bytes."""
    with told_as(place), open_folder(base, place.parts[:-1]) as folder:
        handle = os.open(place.parts[-1], _READ, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise PathRefused(f"{place.text} is not a regular file.", path=place.text)
        with open(handle, "rb") as file:  # noqa: PTH123  # a descriptor, not a path
            data = file.read(limit + 1)
    if len(data) > limit:
        raise FileTooLarge(f"{place.text} is larger than {limit:,} bytes.", path=place.text, limit=limit)
    return data


@contextlib.contextmanager
def open_folder(base: Path, parts: Sequence[str], make_for: Owner | None = None) -> Iterator[int]:
    """Open the folder beneath `base`, name by name; make what is missing if told for whom."""
    folder = os.open(base, FOLDER)
    try:
        for part in parts:
            if make_for is not None:
                make_folder(part, folder, make_for)
            inner = os.open(part, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def make_folder(name: str, folder: int, owner: Owner) -> None:
    """Make a folder in an open one; there may be something of its name already."""
    try:
        os.mkdir(name, 0o755, dir_fd=folder)
    except FileExistsError:
        return
    handle = os.open(name, FOLDER, dir_fd=folder)
    try:
        give(handle, owner)
    finally:
        os.close(handle)


def give(handle: int, owner: Owner) -> None:
    """Have something belong to the user inside, as far as we may."""
    if os.geteuid() == 0:
        os.fchown(handle, owner.uid, owner.gid)


def _refuse_irregular(place: InsidePath, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(place.parts[-1], dir_fd=folder).st_mode):
            raise PathRefused(f"{place.text} is not a regular file.", path=place.text)


@contextlib.contextmanager
def told_as(place: InsidePath) -> Iterator[None]:
    """Turn the system's errors into ours, which name the path inside and not the one on the host."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {place.text}.", path=place.text) from error
    except OSError as error:
        if error.errno in _LINK_ERRORS:
            raise PathRefused(f"{place.text} leads through something that is no folder.", path=place.text) from error
        raise FileError(f"{place.text}: {error.strerror}.", path=place.text) from error
