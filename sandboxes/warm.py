"""Sandboxes that are opened before anybody needs them, and given out once, to the first who comes.

A parked sandbox holds nothing of a run: no token, no secret, no label, no way out. It lies in its folder, so whichever
process of the machine is first may take it, and it belongs to the process that parked it: that one ends it when it is
of no use any more, and whoever reaps does when that one is dead.
"""

import contextlib
import fcntl
import json
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sandboxes.base import Labels, Sandbox, SandboxSpec
from sandboxes.folders import SandboxFolder

#: The labels of a parked sandbox: what it is like, and whose it is.
WARM, OWNER = "warm", "owner"
#: One that is neither parked nor given out is one that is just being made or taken, or whose maker or taker died at it.
_BETWEEN_SECONDS = 60
_PARKED, _TAKEN = "parked.json", "taken.json"


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked sandbox. `key` says what it is like, `group` what for; `container` and `network` are the engine's."""

    key: str
    group: str
    owner: str
    container: str
    network: str = ""

    def put(self, folder: SandboxFolder) -> None:
        """Leave it for whoever comes."""
        draft = folder.path / f".{_PARKED}"
        draft.write_text(json.dumps(asdict(self)))
        draft.rename(folder.path / _PARKED)


class WarmShelf(ABC):
    """Where a backend parks sandboxes."""

    @abstractmethod
    def key(self, spec: SandboxSpec) -> str:
        """Return what tells sandboxes of a spec from others, whatever belongs to the single run left out."""

    @abstractmethod
    def park(self, spec: SandboxSpec, *, group: str, owner: str) -> None:
        """Open a sandbox for nobody yet. Raise what opening raises."""

    @abstractmethod
    def take(self, spec: SandboxSpec) -> Sandbox | None:
        """Return a parked sandbox that is as a spec asks, now the run's own; None where there is none."""

    @abstractmethod
    def parked(self) -> list[tuple[SandboxFolder, Parked]]:
        """Return what is parked, whoever's it is."""

    @abstractmethod
    def end(self, folder: SandboxFolder, parked: Parked) -> None:
        """End a parked sandbox, unless somebody has taken it meanwhile."""


class Owner:
    """A process that parks sandboxes. It is alive for as long as the kernel holds its lock on a file."""

    def __init__(self, root: Path) -> None:
        self.name = secrets.token_hex(8)
        self._file = _lock_file(root, self.name)
        self._handle = os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def close(self) -> None:
        self._file.unlink(missing_ok=True)
        os.close(self._handle)


def is_alive(root: Path, owner: str) -> bool:
    """Say whether an owner's process is there. Processes of other containers of the machine are told apart, too."""
    try:
        handle = os.open(_lock_file(root, owner), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        _lock_file(root, owner).unlink(missing_ok=True)
        return False
    finally:
        os.close(handle)


def is_wanted(folder: SandboxFolder, labels: Labels) -> bool:
    """Say whether a sandbox that was parked, as its folder's labels say, is still somebody's."""
    if (folder.path / _PARKED).exists():
        return is_alive(folder.path.parent, labels.get(OWNER, ""))
    with contextlib.suppress(OSError):
        return time.time() - folder.path.stat().st_mtime < _BETWEEN_SECONDS
    return True  # it is gone


def claim(folder: SandboxFolder) -> bool:
    """Take a parked sandbox for oneself, to use or to end it; False where somebody else was first."""
    try:
        (folder.path / _PARKED).rename(folder.path / _TAKEN)
    except FileNotFoundError:
        return False
    return True


def was_claimed(folder: SandboxFolder) -> bool:
    return not (folder.path / _PARKED).exists()


def read_parked(folders: Iterator[tuple[SandboxFolder, Mapping[str, str]]]) -> list[tuple[SandboxFolder, Parked]]:
    """Return the parked ones among the folders of sandboxes."""
    found = []
    for folder, labels in folders:
        if WARM in labels:
            with contextlib.suppress(OSError, ValueError, TypeError):
                found.append((folder, Parked(**json.loads((folder.path / _PARKED).read_text()))))
    return found


@contextlib.contextmanager
def counting(root: Path) -> Iterator[None]:
    """Keep others from parking while one counts what is parked and adds to it."""
    with (root / "parking.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(root: Path, owner: str) -> Path:
    return root / f"owner-{owner}.lock"
