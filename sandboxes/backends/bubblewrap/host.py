"""What bubblewrap sandboxes take from the host: a user without rights, a place for their folders, an interpreter."""

import functools
import hashlib
import os
import platform
import shutil
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
#: How much newer than ours the system's Python may be and still be looked for.
_NEWER_MINORS = 10
_SYSTEM_FOLDERS = (Path("/usr/local/bin"), Path("/usr/bin"))
_LONG_LIVED_TMP = Path("/var/tmp")  # noqa: S108  # the folder made in it is checked to be ours alone


def account() -> Owner:
    """Return as whom bwrap runs: `nobody` where this process is root, else this process's own user."""
    return _NOBODY if os.geteuid() == 0 else Owner(os.geteuid(), os.getegid())


@functools.cache
def found(tool: str) -> str:
    """Return where one of the system's programs is."""
    return shutil.which(tool) or tool


def as_account(owner: Owner) -> list[str]:
    """Return what a command begins with that root starts as another user.

    Were Python itself to become that user, it would copy its own memory's map for that first: 10 ms in a worker.
    """
    if os.geteuid() != 0:
        return []
    return [found("setpriv"), f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups"]


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
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    stamp = f"{platform.machine()} {libc} {python} {python.stat().st_mtime_ns if python else 0}"
    return hashlib.sha256(said + stamp.encode()).hexdigest()


@functools.cache
def interpreter() -> Path | None:
    """Return the Python that runs inside: the system's, else this process's own where the account can reach it."""
    if _is_recent(_SYSTEM_PYTHON):
        return _SYSTEM_PYTHON
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return own if own.exists() and (os.geteuid() != 0 or _can_be_entered(own)) else None


def pythons() -> dict[str, str]:
    """Return the Pythons of the host's /usr that agents may ask for, by their version."""
    minors = range(_OLDEST_PYTHON[1], sys.version_info.minor + _NEWER_MINORS)
    paths = ((f"3.{minor}", place / f"python3.{minor}") for minor in minors for place in _SYSTEM_FOLDERS)
    return {version: str(path) for version, path in paths if path.exists()}


@functools.cache
def default_python() -> str:
    """Return the version of the Python that runs inside, such as 3.11."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    python = interpreter()
    if python is None:
        return ""
    said = subprocess.run([python, "-I", "-S", "-c", code], check=False, capture_output=True, timeout=10)
    return said.stdout.decode().strip()


def _is_recent(python: Path) -> bool:
    code = f"import sys; sys.exit(sys.version_info < {_OLDEST_PYTHON})"
    try:
        return subprocess.run([python, "-I", "-S", "-c", code], check=False, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
