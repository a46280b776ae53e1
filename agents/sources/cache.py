"""Folders of code on this machine, each made once and read by many runs: unpacked archives and clones.

An entry is a folder and a file that is locked: shared by whoever reads the folder, exclusively by whoever makes or
removes it. The kernel lets go of the locks of a process that dies, so that nothing is ever held for nobody. What is
used last is removed last, once everything together is larger than `most_bytes`.
"""

import contextlib
import fcntl
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")
_LOCK, _TREE, _PART = ".lock", ".tree", ".part"
_POLL_SECONDS = 0.05


class WaitStopped(Exception):
    """Nobody waits any more for a folder that another worker was making."""


class Held:
    """A folder of the cache, which stays there until it is let go of."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock: int | None = lock

    def release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def __del__(self) -> None:
        self.release()


class CodeCache:
    """The cache in a folder of the host that is the worker's alone. `most_bytes` are of what the files hold."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes

    def hold(self, key: str, make: Callable[[Path], object], stop: threading.Event) -> Held:
        """Return the folder of `key`; where it is not there `make` fills an empty one, and what that raises is raised.

        Of several workers that ask for one at once, one makes it and the others wait. Raise WaitStopped when `stop` is
        set meanwhile.
        """
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key")
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            if (held := self._held(key, stop)) is not None:
                return held
            if (held := self._filled(key, make, stop)) is not None:
                self.clear()
                return held

    def clear(self) -> int:
        """Remove what was used longest ago and is not in use until the rest is small enough; return how many.

        What workers that died were making is removed, too.
        """
        entries = sorted(self._entries(), key=lambda entry: entry.used_at)
        excess = sum(entry.size for entry in entries) - self._most_bytes
        removed = 0
        for entry in entries:
            if (excess > 0 or not entry.is_whole) and self._remove(entry.key):
                excess -= entry.size
                removed += 1
        return removed

    def _held(self, key: str, stop: threading.Event) -> Held | None:
        while (lock := self._locked(key, fcntl.LOCK_SH)) is None:
            _pause(stop)
        if self._path(key, _TREE).is_dir():
            os.utime(lock)
            return Held(self._path(key, _TREE), lock)
        os.close(lock)
        return None

    def _filled(self, key: str, make: Callable[[Path], object], stop: threading.Event) -> Held | None:
        """Make an entry and return it; None where another worker was faster, to make it or to remove it again.

        Whoever was faster to make it reads it next, for as long as a run may take: that is not waited for.
        """
        lock = self._locked(key, fcntl.LOCK_EX)
        if lock is None:
            _pause(stop)
            return None
        tree = self._path(key, _TREE)
        try:
            if not tree.is_dir():
                self._make(key, make, lock)
                fcntl.flock(lock, fcntl.LOCK_SH)
                if tree.is_dir() and _is_at(self._path(key, _LOCK), lock):
                    return Held(tree, os.dup(lock))
        finally:
            os.close(lock)
        return None

    def _make(self, key: str, make: Callable[[Path], object], lock: int) -> None:
        part = self._path(key, _PART)
        _delete(part)
        part.mkdir(mode=0o700)
        try:
            make(part)
            os.pwrite(lock, str(_size_of(part)).encode(), 0)
            part.rename(self._path(key, _TREE))
        except BaseException:
            _delete(part)
            self._path(key, _LOCK).unlink()
            raise

    def _remove(self, key: str) -> bool:
        """Remove an entry; return False where it is in use, being made, or gone."""
        lock = _open(self._path(key, _LOCK))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_at(self._path(key, _LOCK), lock):
                return False
            # Out of the way first: what is half removed must not be taken for whole.
            _delete(self._path(key, _PART))
            with contextlib.suppress(FileNotFoundError):
                self._path(key, _TREE).rename(self._path(key, _PART))
            _delete(self._path(key, _PART))
            self._path(key, _LOCK).unlink()
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True

    def _locked(self, key: str, how: int) -> int | None:
        """Return the open, locked file of a key; None where others hold it in a way that forbids ours."""
        path = self._path(key, _LOCK)
        while True:
            lock = _open(path)
            try:
                fcntl.flock(lock, how | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return None
            if _is_at(path, lock):
                return lock
            os.close(lock)  # it was removed before we had the lock

    def _entries(self) -> Iterator["_Entry"]:
        for path in self._root.glob(f"*{_LOCK}"):
            key = path.name.removesuffix(_LOCK)
            with contextlib.suppress(FileNotFoundError):
                size = path.read_text()
                is_whole = self._path(key, _TREE).is_dir()
                yield _Entry(key, path.stat().st_mtime_ns, int(size) if size else 0, is_whole)

    def _path(self, key: str, suffix: str) -> Path:
        return self._root / f"{key}{suffix}"


def code_cache() -> CodeCache:
    """Return the cache of this installation on this machine."""
    return CodeCache(settings.CALLBOARD_HOME.cache / "code", settings.CALLBOARD_CODE_CACHE_BYTES)


class _Entry(NamedTuple):
    key: str
    used_at: int
    size: int
    is_whole: bool


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _is_at(path: Path, handle: int) -> bool:
    """Say whether the open file is still the one that stands there."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _pause(stop: threading.Event) -> None:
    if stop.wait(_POLL_SECONDS):
        raise WaitStopped


def _size_of(folder: Path) -> int:
    return sum(Path(place, name).lstat().st_size for place, _, names in os.walk(folder) for name in names)


def _delete(folder: Path) -> None:
    """Remove a folder, where there is one. What is in it was made by us, and is writable."""
    shutil.rmtree(folder, ignore_errors=True)
