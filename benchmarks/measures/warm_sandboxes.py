"""How long from asking for a sandbox that was parked to the first output of a command in it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.results import Result, Scale, at_most
from benchmarks.skipping import skip
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import BackendConfig, Network, SandboxSpec
from sandboxes.warm import Owner, WarmShelf

_SPEC = SandboxSpec(labels={"run": "benchmark"})
_ONLINE = SandboxSpec(labels={"run": "benchmark"}, network=Network.INTERNET)


def measure(scale: Scale) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="callboard-bench-warm-", dir="/var/tmp") as folder:
        backend = DockerBackend(BackendConfig(Path(folder)))
        if (obstacle := backend.obstacle()) is not None:
            skip(f"warm sandboxes: {obstacle.message}")
            return []
        warm = [_first_output_ms(backend.warm_shelf(), _SPEC, Path(folder)) for _ in range(scale.pick(22, 9))]
        online = [_first_output_ms(backend.warm_shelf(), _ONLINE, Path(folder)) for _ in range(scale.pick(8, 4))]
    return [
        Result("docker: open to first output, warm", "ms", warm[2:], at_most(60)),
        Result("docker: open to first output, warm, with the internet", "ms", online[1:]),
    ]


def _first_output_ms(shelf: WarmShelf, spec: SandboxSpec, root: Path) -> float:
    heard: list[float] = []
    with _owner(root) as owner:
        shelf.park(spec, group="benchmark", owner=owner.name)
        began = time.perf_counter()
        sandbox = shelf.take(spec)
        assert sandbox is not None  # noqa: S101  # it was parked just now, and nobody else looks here
        with sandbox:
            sandbox.exec(["echo", "here"], on_output=lambda *_: heard.append(time.perf_counter()))
    return (heard[0] - began) * 1000


@contextmanager
def _owner(root: Path) -> Iterator[Owner]:
    owner = Owner(root)
    try:
        yield owner
    finally:
        owner.close()
