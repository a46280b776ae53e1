"""The uv that environments are prepared with: the one that Callboard itself was installed with."""

import shutil
import subprocess
import threading
import time
from importlib.metadata import version
from pathlib import Path

import uv
from django.conf import settings

from agents.environments.caches import Caches
from agents.environments.setup_log import Output
from sandboxes.base import Mount

#: Where it shows up inside.
_SHOWN = "/opt/uv"
UV = f"{_SHOWN}/uv"
_DOWNLOAD_SECONDS = 600
_POLL_SECONDS = 0.2


class DownloadFailed(Exception):
    """A Python could not be downloaded. What uv said is in the log."""


def uv_mount(caches: Caches) -> Mount:
    """Return what shows uv inside, at `UV`."""

    def fill(folder: Path) -> None:
        shutil.copy2(uv.find_uv_bin(), folder / "uv")
        (folder / "uv").chmod(0o755)

    return Mount(caches.hold("tools", f"uv-{version('uv')}".replace(".", "-"), fill), _SHOWN)


def download_python(wanted: str, folder: Path, output: Output, stop: threading.Event) -> None:
    """Download a version of Python into a folder; raise DownloadFailed.

    This runs outside of any sandbox: uv checks what it downloads against digests that it brings along, and runs none
    of it.
    """
    mirror = ["--mirror", settings.CALLBOARD_PYTHON_MIRROR] if settings.CALLBOARD_PYTHON_MIRROR else []
    argv = [uv.find_uv_bin(), "python", "install", "--no-config", "--no-bin", "--install-dir", str(folder), *mirror]
    with subprocess.Popen(
        [*argv, wanted], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as (process):
        reader = threading.Thread(target=_read, args=(process, output), name="uv", daemon=True)
        reader.start()
        deadline = time.monotonic() + _DOWNLOAD_SECONDS
        while process.poll() is None and time.monotonic() < deadline and not stop.wait(_POLL_SECONDS):
            pass
        process.kill()
        reader.join()
    if process.returncode != 0:
        raise DownloadFailed


def _read(process: subprocess.Popen[bytes], output: Output) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            output.take("stderr", line)
