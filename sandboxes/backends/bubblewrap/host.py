"""What bubblewrap sandboxes take from the host: a user without rights, a place for their folders, an interpreter."""

import functools
import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from sandboxes.files import Owner
from sandboxes.folders import private_root

#: `nobody`, which owns nothing on the host.
_NOBODY = Owner(65534, 65534)
_SYSTEM_PYTHON = Path("/usr/bin/python3")
_OLDEST_PYTHON = (3, 9)
_LONG_LIVED_TMP = Path("/var/tmp")  # noqa: S108  # the folder made in it is checked to be ours alone


def account() -> Owner:
    """Return as whom bwrap runs: `nobody` where this process is root, else this process's own user."""
    return _NOBODY if os.geteuid() == 0 else Owner(os.geteuid(), os.getegid())


class Roots(NamedTuple):
    """Where the folders of open sandboxes go, and where what they share."""

    own: Path
    shared: Path


def reachable_roots(root: Path) -> Roots:
    """Return `root` where the account can reach folders in it, else a private place in /var/tmp that stands for it.

    A worker that is root keeps its home closed to everybody, `nobody` included. What sandboxes share is then shared by
    all installations of this machine.
    """
    if os.geteuid() != 0 or _can_be_entered(root):
        own = private_root(root)
        return Roots(own, own)
    shared = private_root(_LONG_LIVED_TMP / f"callboard-{os.geteuid()}")
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return Roots(private_root(shared / digest), shared)


def _can_be_entered(root: Path) -> bool:
    found = root.resolve()
    return all(place.stat().st_mode & 0o001 for place in (found, *found.parents) if place.exists())


def fingerprint() -> str:
    """Return what tells this system from another, or from itself after an upgrade of its libraries or Python."""
    release = Path("/etc/os-release")
    said = release.read_bytes() if release.exists() else b""
    python = interpreter()
    stamp = f"{platform.machine()} {platform.libc_ver()} {python} {python.stat().st_mtime_ns if python else 0}"
    return hashlib.sha256(said + stamp.encode()).hexdigest()


@functools.cache
def interpreter() -> Path | None:
    """Return the Python that runs inside: the system's, else this process's own where the account can reach it."""
    if _is_recent(_SYSTEM_PYTHON):
        return _SYSTEM_PYTHON
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return own if own.exists() and (os.geteuid() != 0 or _can_be_entered(own)) else None


def _is_recent(python: Path) -> bool:
    code = f"import sys; sys.exit(sys.version_info < {_OLDEST_PYTHON})"
    try:
        return subprocess.run([python, "-I", "-S", "-c", code], check=False, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
