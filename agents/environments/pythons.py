"""The Pythons that sandboxes can be given: the system's own, those of this machine, and those that uv downloads.

Of a Python that is not part of the system inside, the interpreter and its standard library are copied and shown, and
nothing that was installed into it: that belongs to whoever installed it.
"""

import functools
import hashlib
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from agents.environments.caches import Caches
from agents.environments.setup_log import Output, StepFailed
from agents.environments.uv import DownloadFailed, download_python
from agents.environments.work import Work
from agents.services.progress import Superseded
from sandboxes.base import Backend, Mount
from sandboxes.mounts import is_free

#: Where Pythons of uv's, which bring along all that they need, show up inside.
_SHOWN = "/opt/pythons"
#: What uv calls the Pythons that it downloads.
_STANDALONE = re.compile(r"cpython-3\.\d+\.\d+-linux-\w+-gnu")
_USUAL = (".local/share/uv/python", ".pyenv/versions")
_LEFT_OUT = ("site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo", "*.a")
_ASK_SECONDS = 10
#: Of the caches.
_ROOM = "pythons"


class Python(NamedTuple):
    """A Python inside a sandbox: its path there, what shows it there, and what tells it from every other."""

    path: str
    mounts: tuple[Mount, ...]
    name: str

    @property
    def is_systems(self) -> bool:
        return not self.mounts


class Found(NamedTuple):
    """A Python of this machine: its folder, and its version in full."""

    prefix: Path
    version: str

    @property
    def is_standalone(self) -> bool:
        return bool(_STANDALONE.fullmatch(self.prefix.name))

    @property
    def target(self) -> str:
        """Where it shows up inside. One that is not standalone finds its own library by the path it was built for."""
        return f"{_SHOWN}/{self.prefix.name}" if self.is_standalone else str(self.prefix)


def own_python(backend: Backend, version: str) -> Python | None:
    """Return the Python of a version that is part of the system inside, None where that has none."""
    path = backend.pythons().get(version)
    return None if path is None else Python(path, (), f"own {version}")


def python_at_hand(backend: Backend, version: str, caches: Caches) -> Python | None:
    """Return a Python of a version that this machine has, None where none of them can be shown inside."""
    if (own := own_python(backend, version)) is not None:
        return own
    found = showable(backend, version)
    if not found:
        return None
    return _shown(max(found, key=lambda one: _numbers(one.version)), version, caches)


def showable(backend: Backend, version: str) -> list[Found]:
    """Return the Pythons of a version on this machine that can be shown in a backend's sandboxes."""
    return [one for one in found_here(version) if one.is_standalone or (backend.shows_host and is_free(one.target))]


def _shown(found: Found, version: str, caches: Caches) -> Python:
    stamp = (found.prefix / "bin" / f"python{version}").stat().st_mtime_ns
    name = f"{found.prefix} {stamp}"
    key = hashlib.sha256(name.encode()).hexdigest()
    folder = caches.hold(_ROOM, key, lambda part: _copy(found.prefix, version, part))
    return Python(f"{found.target}/bin/python{version}", (Mount(folder, found.target),), name)


def found_here(version: str) -> list[Found]:
    """Return the Pythons of a version, such as 3.12, that are in the usual places of this machine."""
    prefixes = {path.resolve().parent.parent for path in _candidates(version)}
    pythons = [(prefix, prefix / "bin" / f"python{version}") for prefix in sorted(prefixes)]
    asked = ((prefix, _version(python, python.stat().st_mtime_ns)) for prefix, python in pythons if python.exists())
    return [Found(prefix, said) for prefix, said in asked if said.startswith(f"{version}.")]


def _candidates(version: str) -> Iterator[Path]:
    folders = [*map(Path, settings.CALLBOARD_PYTHONS), *(Path.home() / usual for usual in _USUAL)]
    for folder in folders:
        yield from folder.glob(f"*/bin/python{version}")
    own = Path(sys.base_prefix, "bin", f"python{version}")
    if own.exists():
        yield own


@functools.lru_cache(maxsize=64)
def _version(python: Path, _stamp: int) -> str:
    """Return the version of a Python, blank where it does not run or lacks what packages need."""
    code = "import platform, ssl, zlib; print(platform.python_version())"
    try:
        said = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.decode(errors="replace").strip()


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _copy(prefix: Path, version: str, target: Path) -> None:
    """Copy an interpreter and its standard library, and the shared libraries beside them."""
    name = f"python{version}"
    (target / "bin").mkdir()
    shutil.copy2(prefix / "bin" / name, target / "bin" / name)
    ignored = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(prefix / "lib" / name, target / "lib" / name, symlinks=True, ignore=ignored)
    if (prefix / "include" / name).is_dir():
        shutil.copytree(prefix / "include" / name, target / "include" / name, symlinks=True)
    for library in (prefix / "lib").glob("*.so*"):
        shutil.copy2(library, target / "lib" / library.name, follow_symlinks=False)


def downloaded_python(version: str, caches: Caches, work: Work) -> Python:
    """Return a Python of a version, downloaded where that was not done before. Raise StepFailed, Superseded."""
    output = Output(work.put)

    def make(folder: Path) -> None:
        try:
            download_python(version, folder, output, work.stop)
        except DownloadFailed as failure:
            if work.stop.is_set():
                raise Superseded from failure
            reason = "It is not on this machine, and could not be downloaded."
            raise StepFailed(f"Python {version}", reason, output.tail) from failure

    folder = caches.hold(_ROOM, _downloaded_key(version), make)
    prefix = next(path.resolve().parent.parent for path in sorted(folder.glob(f"*/bin/python{version}")))
    target = f"{_SHOWN}/{prefix.name}"
    return Python(f"{target}/bin/python{version}", (Mount(prefix, target),), prefix.name)


def is_downloaded(backend: Backend, version: str) -> bool:
    return _downloaded_key(version) in Caches(backend, threading.Event()).keys(_ROOM)


def _downloaded_key(version: str) -> str:
    return f"downloaded-{version.replace('.', '-')}"
