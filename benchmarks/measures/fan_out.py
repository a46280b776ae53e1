"""Whether 200 sockets on one web process get every event of a run, and how late."""

import json
import os
import subprocess
import sys
import time

from django.conf import settings
from pydantic import JsonValue

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_least, at_most
from benchmarks.world import PATIENCE_SECONDS, chain, world
from console.embedded import processes
from console.ids import new_id
from console.signing_in.auth import api_token_create
from orchestration import transitions
from orchestration.events import Event, EventKind
from orchestration.models import Run, Trigger
from orchestration.states import RunStatus

SOCKETS = 200
EVENTS_A_SECOND = 50
#: About what an event of an agent's log has.
PADDING = "x" * 200


def measure(scale: Scale) -> list[Result]:
    count = scale.pick(10, 5) * EVENTS_A_SECOND
    with running(processes.web):
        _watched(EVENTS_A_SECOND)
        rounds = [_watched(count) for _ in range(scale.pick(3, 1))]
    name = f"{SOCKETS} sockets × {EVENTS_A_SECOND} events/s"
    return [
        Result(f"{name}: delivered", "%", [found["delivered_percent"] for found in rounds], at_least(100)),
        Result(f"{name}: p95", "ms", [found["p95_ms"] for found in rounds], at_most(500)),
    ]


def _watched(count: int) -> dict[str, float]:
    """Have a process of its own watch a run through all sockets while this one writes its events."""
    run = _run()
    watcher = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watcher", _address(run), str(SOCKETS), str(count)],
        env={**os.environ, "CALLBOARD_TOKEN": _token()}, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
    )  # fmt: skip
    with watcher:
        if watcher.stdout is None or watcher.stdout.readline().strip() != "open":
            raise RuntimeError("The sockets could not be opened.")
        _write(run, count)
        found: dict[str, float] = json.loads(watcher.communicate(timeout=PATIENCE_SECONDS)[0])
    return found


def _write(run: Run, count: int) -> None:
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / EVENTS_A_SECOND - time.perf_counter()))
        data: dict[str, JsonValue] = {"node": str(number), "sent": time.time(), "text": PADDING}
        transitions.append(run.pk, [Event(EventKind.STEP_STARTED, data)])


def _run() -> Run:
    place = world()
    version = chain("nothing", 1)
    return Run.objects.create(
        id=new_id(), organization=place.organization, project=place.project, pipeline_id=version.pipeline_id,
        version=version, status=RunStatus.RUNNING, trigger=Trigger.MANUAL,
    )  # fmt: skip


def _address(run: Run) -> str:
    return f"ws://127.0.0.1:{settings.CALLBOARD_PORT}/ws/runs/{run.public_id}"


def _token() -> str:
    place = world()
    return api_token_create(actor=place.actor, user=place.user, organization=place.organization, name="watcher")
