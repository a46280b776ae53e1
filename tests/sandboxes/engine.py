"""Brings up what the tests of the docker backend need: an engine, a parent image from Debian's mirror, the base image.

`python -m tests.sandboxes.engine` does it once, ahead of the suite; each part is made only where it is missing.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from docker.errors import ImageNotFound

from sandboxes.backends.docker.engine import engine
from sandboxes.errors import SandboxUnavailable
from sandboxes.images import BASE_IMAGE, RECIPE_LABEL, build_base, recipe

PARENT = "callboard-test-parent"
RELEASE = "trixie"
MIRROR = "http://deb.debian.org/debian"
_LOCK = Path(tempfile.gettempdir()) / "callboard-test-engine.lock"
_LOG = Path(tempfile.gettempdir()) / "callboard-test-engine.log"
_START_SECONDS = 60
_started: list[subprocess.Popen[bytes]] = []


def is_required() -> bool:
    return os.environ.get("CALLBOARD_REQUIRE_DOCKER") == "1"


def why_not() -> str:
    """Return why tests can't use an engine here, empty where they can. Where one is required, raise instead."""
    try:
        ensure_engine()
    except (SandboxUnavailable, OSError, subprocess.SubprocessError) as error:
        if is_required():
            raise
        return f"{type(error).__name__}: {error}"
    return ""


def ensure_engine() -> None:
    """Make sure that an engine runs and has the base image. Several processes may ask at once."""
    with _alone():
        if not _answers():
            _start()
        with _LOG.open("a") as log:
            if not _has(PARENT, RELEASE):
                _make_parent(log)
            if not _is_current(BASE_IMAGE):
                build_base(f"{PARENT}:{RELEASE}", lambda line: print(line, file=log), ca_bundle=_host_bundle())


def _answers() -> bool:
    try:
        return bool(engine().ping())
    except SandboxUnavailable:
        return False


def _start() -> None:
    dockerd = shutil.which("dockerd")
    if dockerd is None or os.geteuid() != 0:
        raise SandboxUnavailable("No engine answers, and none can be started: dockerd as root is needed.")
    with _LOG.open("ab") as log:
        command = [dockerd, "--default-ulimit", "nofile=10000:10000"]
        # Kept, so that it is not mistaken for one that was forgotten: it outlives the suite.
        _started.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if time.monotonic() > deadline:
            raise SandboxUnavailable(f"dockerd did not come up: {_LOG.read_text()[-2000:]}")
        time.sleep(0.2)


def _make_parent(log: IO[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="callboard-parent-") as folder:
        root, archive = Path(folder, "root"), Path(folder, "root.tar")
        subprocess.run(["debootstrap", "--variant=minbase", RELEASE, root, MIRROR], check=True, stdout=log)
        subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
        engine().api.import_image_from_file(str(archive), repository=PARENT, tag=RELEASE)


def _has(name: str, tag: str) -> bool:
    try:
        engine().images.get(f"{name}:{tag}")
    except ImageNotFound:
        return False
    return True


def _is_current(name: str) -> bool:
    try:
        return engine().images.get(name).labels.get(RECIPE_LABEL) == recipe()
    except ImageNotFound:
        return False


def _host_bundle() -> Path | None:
    """The certificates that this machine itself is told to trust, for networks that break connections open."""
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with _LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    ensure_engine()
