"""Prepares a Python environment in a sandbox of its own and takes it out, for many sandboxes to be shown.

Code of packages may run while they are built. So nothing secret is in that sandbox, it reaches public addresses alone,
and what comes out of it is files that only sandboxes ever run. An agent that is shown them can't write to them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from agents.environments.pythons import Python
from agents.environments.requirements import normalized
from agents.environments.setup_log import Output
from agents.environments.uv import UV
from agents.environments.work import Work
from agents.services.progress import Superseded
from sandboxes import paths
from sandboxes.base import Backend, Mount, Network, Sandbox, SandboxSpec

STEP = "Python requirements"
#: Beside the environment: what was resolved.
RECORD = "environment.json"
TREE = "environment"
#: Changes where the same requirements would come out otherwise.
_FORMAT = 1
_MADE = f"{paths.HOME}/environment"
_LIST = f"{paths.TMP}/requirements.txt"
_LONGEST_SECONDS = 1_800
_VENV_SECONDS = 120
_MOST_BYTES = 8 * 1024**3
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """A Python environment: the Python it is for, its requirements, and the image in which it is made."""

    python: Python
    requirements: tuple[str, ...]
    image: str | None

    def key(self, backend: Backend) -> str:
        """Return what this environment and no other is known by."""
        told = [
            _FORMAT, backend.name, backend.fingerprint(self.image), self.python.name, self.python.path,
            normalized(list(self.requirements)), settings.CALLBOARD_PACKAGE_INDEX,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def make_environment(wanted: Wanted, backend: Backend, uv: Mount, work: Work, folder: Path) -> None:
    """Fill a folder with the environment and its record. Raise StepFailed, Superseded, SandboxError."""
    spec = SandboxSpec(
        labels=work.labels,
        network=Network.INTERNET if wanted.requirements else Network.NONE,
        image=wanted.image,
        mounts=(uv, *wanted.python.mounts),
    )
    output = Output(work.put)
    with backend.open(spec) as sandbox:
        _make_venv(sandbox, wanted.python, work, output)
        installed = _install(sandbox, wanted.requirements, work, output) if wanted.requirements else []
        (folder / TREE).mkdir(mode=0o755)
        sandbox.read_folder(_MADE, folder / TREE, limit=_MOST_BYTES)
    (folder / RECORD).write_text(json.dumps({"python": wanted.python.path, "installed": installed}))


def installed_in(folder: Path) -> list[str]:
    """Return what the requirements of a prepared environment came to, each with its version."""
    installed: list[str] = json.loads((folder / RECORD).read_text())["installed"]
    return installed


def in_words(installed: list[str]) -> str:
    """Return what is installed in a line, or as much of it as a line holds."""
    more = len(installed) - _MOST_NAMED
    return ", ".join(installed[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _make_venv(sandbox: Sandbox, python: Python, work: Work, output: Output) -> None:
    # What the system's own Python has, such as pytest in the base image, stays at hand.
    also = ["--system-site-packages"] if python.is_systems else []
    argv = [
        UV,
        "venv",
        "--quiet",
        "--no-config",
        "--no-project",
        "--relocatable",
        "--python",
        python.path,
        *also,
        _MADE,
    ]
    _run(sandbox, argv, "uv venv", work, output, seconds=_VENV_SECONDS)


def _install(sandbox: Sandbox, requirements: tuple[str, ...], work: Work, output: Output) -> list[str]:
    """Install requirements and return what that came to, each with its version."""
    sandbox.write(_LIST, "".join(f"{line}\n" for line in requirements).encode())
    pip = [UV, "pip"]
    python = ["--no-config", "--python", f"{_MADE}/bin/python"]
    index = ["--default-index", settings.CALLBOARD_PACKAGE_INDEX] if settings.CALLBOARD_PACKAGE_INDEX else []
    install = ["install", *python, *index, "--no-cache", "--link-mode=copy", "--compile-bytecode", "-r", _LIST]
    _run(sandbox, [*pip, *install], "uv pip install", work, output, seconds=_LONGEST_SECONDS)
    said = sandbox.exec([*pip, "freeze", *python], env=_ENV)
    return said.stdout_text.split("\n")[:-1] if said.is_success else []


#: Compiled files hold for good: the times of files are not kept on their way out.
_ENV: Mapping[str, str] = {"PYC_INVALIDATION_MODE": "UNCHECKED_HASH", "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def _run(sandbox: Sandbox, argv: list[str], name: str, work: Work, output: Output, *, seconds: float) -> None:
    result = sandbox.exec(
        argv, env=_ENV, timeout_seconds=seconds, on_output=lambda stream, data: output.take(stream.value, data),
        stop=work.stop,
    )  # fmt: skip
    if result.is_stopped or work.stop.is_set():
        raise Superseded
    output.see(STEP, name, result)
