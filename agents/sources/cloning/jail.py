"""Where git works: it sees the system's programs and one folder, and has no rights and little to spend.

git reads what a stranger's server sends, so it is treated as the stranger's. Where bubblewrap works it gets a view of
the machine of its own, without this installation's files and sockets; else it is at least another user, where this
process is root. What it may write and how much memory it may take is limited either way.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandboxes.backends.bubblewrap.host import account
from sandboxes.backends.bubblewrap.probe import probe
from sandboxes.backends.bubblewrap.programs import programs
from sandboxes.files import Owner

MEBIBYTE = 1024 * 1024
_MEMORY_BYTES = 4096 * MEBIBYTE
_OPEN_FILES = 1024


@dataclass(frozen=True, slots=True)
class Jail:
    """What one clone's commands are started with. `folder` is all they can write to."""

    folder: Path
    #: The largest file that they can write.
    file_bytes: int

    @property
    def owner(self) -> Owner:
        """Return as whom they run."""
        return account()

    @property
    def is_full(self) -> bool:
        """Say whether a command wrote a file as large as it may, which ends it without a word."""
        files = (Path(place, name) for place, _, names in os.walk(self.folder) for name in names)
        return any(file.lstat().st_size >= self.file_bytes for file in files)

    def command(self, argv: Sequence[str], *, seconds: int) -> list[str]:
        """Return a command within its limits."""
        limits = {
            "fsize": self.file_bytes,
            "as": _MEMORY_BYTES,
            "nofile": _OPEN_FILES,
            "core": 0,
            "cpu": max(seconds, 1) * 2,
        }
        limited = ["prlimit", *(f"--{name}={value}" for name, value in limits.items()), "--"]
        return [*limited, *(self._view() if _can_be_closed() else []), *argv]

    def _view(self) -> list[str]:
        """Return the call of bwrap that leaves nothing to be seen but programs, the network and the folder."""
        folder = str(self.folder)
        return [
            *("bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
            *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"),
            *programs(),
            # Which libraries there are; without it some of them would not be found.
            *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
            *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108  # inside
            *("--bind", folder, folder, "--remount-ro", "/", "--chdir", folder, "--"),
        ]


def _can_be_closed() -> bool:
    """Say whether git can be shut in here. It has to be one of the system's programs for that."""
    git = shutil.which("git") or ""
    return not probe().problem and Path(git).resolve().is_relative_to("/usr")
