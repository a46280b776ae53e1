"""Fifty sandboxes asked for at once: until the last of them has printed, and how long the slowest waited."""

import threading
import time

from django.conf import settings

from benchmarks.measures.sandboxes import BACKENDS
from benchmarks.results import Result, Scale, percentile
from benchmarks.skipping import skip
from sandboxes.base import Backend, BackendConfig, SandboxSpec

COUNT = 50


def measure(scale: Scale) -> list[Result]:
    results = []
    for name, make in BACKENDS.items():
        backend = make(BackendConfig(settings.CALLBOARD_HOME.sandboxes))
        if (obstacle := backend.obstacle()) is not None:
            skip(f"{COUNT} sandboxes of {name}: {obstacle.message}")
            continue
        rounds = [_round(backend) for _ in range(scale.pick(4, 2))][1:]
        whole, slow = [last for last, _ in rounds], [late for _, late in rounds]
        results += [
            Result(f"{name}: {COUNT} sandboxes at once, until the last has printed", "s", whole),
            Result(f"{name}: {COUNT} sandboxes at once, the first output of 95 %", "s", slow),
        ]
    return results


def _round(backend: Backend) -> tuple[float, float]:
    """Open all at once, have each print, and keep them open until all have; return seconds: the last, and 95 %."""
    heard: list[float] = []
    all_here = threading.Barrier(COUNT)
    failures: list[BaseException] = []

    def one() -> None:
        try:
            with backend.open(SandboxSpec(labels={"run": "benchmark"})) as sandbox:
                sandbox.exec(["echo", "here"], on_output=lambda *_: heard.append(time.perf_counter() - began))
                all_here.wait(timeout=300)
        except BaseException as error:  # noqa: BLE001  # it is raised again once all threads have ended
            failures.append(error)
            all_here.abort()

    threads = [threading.Thread(target=one) for _ in range(COUNT)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return max(heard), percentile(heard, 0.95)
