"""The instance that runs in a folder, seen from another process of its user: which one it is and how it was started."""

import re
from pathlib import Path

from console.embedded.home import Home

_SETTING = re.compile(r"CALLBOARD_\w+|DATABASE_URL|REDIS_URL")


def supervisor_of(home: Home) -> int | None:
    """Return the process that keeps the instance of a folder up, None where none does that this user may look at."""
    try:
        pid = int(home.lock.read_text())
        files = [file.readlink() for file in Path(f"/proc/{pid}/fd").iterdir()]
    except (OSError, ValueError):
        return None
    # Whoever had the number before would not hold the lock's file open.
    return pid if home.lock in files else None


def settings_in(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables of an environment that are settings of Callboard."""
    return {name: value for name, value in environment.items() if _SETTING.fullmatch(name)}


def environment_of(pid: int) -> dict[str, str]:
    """Return what a process was started with; raise OSError where this user may not know."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)
