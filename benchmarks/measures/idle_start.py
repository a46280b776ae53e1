"""How long a run waits for its first step when nothing else is to be done."""

import time

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import chain, wait_for, world
from console.embedded import processes
from orchestration.models import StepRun
from orchestration.services.runs import run_start

#: The workers have long gone back to sleep.
PAUSE_SECONDS = 0.1


def measure(scale: Scale) -> list[Result]:
    with running(processes.control_worker):
        samples = [_ms() for _ in range(scale.pick(55, 25))]
    return [Result("idle: from submit to start", "ms", samples[5:], at_most(15), key="idle")]


def _ms() -> float:
    """Return the time from before the run's row is written, by our clock, to the claim, by the database's."""
    version = chain("nothing", 1)
    time.sleep(PAUSE_SECONDS)
    began = time.time()
    run = run_start(actor=world().actor, version=version, run_input={})
    wait_for([run.pk])
    started = StepRun.objects.get(run=run).started_at
    if started is None:
        raise RuntimeError("A step that has ended has no start.")
    return (started.timestamp() - began) * 1000
