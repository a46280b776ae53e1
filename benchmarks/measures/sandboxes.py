"""How long from asking for a sandbox to the first output of a command in it."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from benchmarks.results import Result, Scale, at_most
from benchmarks.skipping import skip
from sandboxes.backends.bubblewrap.backend import BubblewrapBackend
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import Backend, BackendConfig, SandboxSpec

Make = Callable[[BackendConfig], Backend]
BACKENDS: dict[str, Make] = {"bubblewrap": BubblewrapBackend, "docker": DockerBackend}
TARGETS = {"bubblewrap": at_most(25)}


def measure(scale: Scale) -> list[Result]:
    results = []
    for name, make in BACKENDS.items():
        obstacle = make(_config(settings.CALLBOARD_HOME.sandboxes)).obstacle()
        if obstacle is not None:
            skip(f"sandboxes of {name}: {obstacle.message}")
            continue
        results += _both(name, make, scale)
    return results


def _both(name: str, make: Make, scale: Scale) -> list[Result]:
    backend = make(_config(settings.CALLBOARD_HOME.sandboxes))
    prepared = [_first_output_ms(backend) for _ in range(scale.pick(22, 9))]
    cold = [_cold_ms(make) for _ in range(scale.pick(6, 4))]
    return [
        Result(f"{name}: open to first output, prepared", "ms", prepared[2:], TARGETS.get(name)),
        Result(f"{name}: open to first output, cold", "ms", cold[1:]),
    ]


def _cold_ms(make: Make) -> float:
    """Return the time where nothing was prepared yet: harness and folders are made and compiled for the first time."""
    with tempfile.TemporaryDirectory(prefix="callboard-bench-cold-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        return _first_output_ms(make(_config(Path(folder))))


def _first_output_ms(backend: Backend) -> float:
    heard: list[float] = []
    began = time.perf_counter()
    with backend.open(SandboxSpec(labels={"run": "benchmark"})) as sandbox:
        sandbox.exec(["echo", "here"], on_output=lambda *_: heard.append(time.perf_counter()))
    return (heard[0] - began) * 1000


def _config(root: Path) -> BackendConfig:
    return BackendConfig(root)
