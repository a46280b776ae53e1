"""What an environment costs a run: the first that asks for it prepares it, each later one is shown it."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.environments.caches import Caches
from agents.environments.ready import Ready, ready
from agents.environments.setup_log import StepFailed
from agents.environments.shape import Environment
from agents.environments.work import Untold, Work
from benchmarks.measures.sandboxes import BACKENDS
from benchmarks.results import Result, Scale, at_most
from benchmarks.skipping import skip
from sandboxes.base import Backend, BackendConfig, SandboxSpec

#: Small packages, one of them with compiled code, of an index that most machines reach.
_ENVIRONMENT = Environment(requirements=["httpx==0.28.1", "pydantic==2.11.7", "jinja2==3.1.6"])
_MOST_MS = 100


def measure(scale: Scale) -> list[Result]:
    results = []
    for name, make in BACKENDS.items():
        with tempfile.TemporaryDirectory(prefix="callboard-bench-environments-", dir="/var/tmp") as folder:
            Path(folder).chmod(0o711)
            backend = make(BackendConfig(Path(folder), ca_bundle=_certificates()))
            if (obstacle := backend.obstacle()) is not None:
                skip(f"environments of {name}: {obstacle.message}")
                continue
            try:
                results += _measured(name, backend, scale)
            except StepFailed as failure:
                skip(f"environments of {name}: {failure.reason}")
    return results


def _measured(name: str, backend: Backend, scale: Scale) -> list[Result]:
    first = _prepared_ms(backend)
    later = [_prepared_ms(backend) for _ in range(scale.pick(22, 9))]
    opened = [_import_ms(backend) for _ in range(scale.pick(12, 6))]
    return [
        Result(f"{name}: an environment of 3 requirements, prepared for the first run", "ms", [first]),
        Result(f"{name}: the same for each later run", "ms", later[2:], at_most(_MOST_MS)),
        Result(f"{name}: open with it, to the import of its packages", "ms", opened[1:]),
    ]


def _prepared_ms(backend: Backend) -> float:
    began = time.perf_counter()
    with _ready(backend):
        return (time.perf_counter() - began) * 1000


def _import_ms(backend: Backend) -> float:
    with _ready(backend) as got:
        began = time.perf_counter()
        with backend.open(SandboxSpec(image=got.image, mounts=got.mounts)) as sandbox:
            sandbox.exec([got.python or "python3", "-c", "import httpx, pydantic, jinja2"])
            return (time.perf_counter() - began) * 1000


@contextmanager
def _ready(backend: Backend) -> Iterator[Ready]:
    stop = threading.Event()
    with Caches(backend, stop) as caches:
        yield ready(_ENVIRONMENT, backend, None, caches, Work({"run": "benchmark"}, Untold(), lambda *_: None, stop))


def _certificates() -> Path | None:
    """Return what this machine itself is told to trust."""
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None
