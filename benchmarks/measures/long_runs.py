"""Whether a step costs more the longer its run is: steps around the thousandth against steps around the hundredth."""

import itertools
import statistics
import uuid

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import chain, wait_for, world
from console.embedded import processes
from orchestration.models import StepRun
from orchestration.services.runs import run_start

STEPS = 1_050
#: Steps to either side of the one that is looked at.
AROUND = 50


def measure(scale: Scale) -> list[Result]:
    with running(processes.control_worker):
        samples = [_ratio() for _ in range(scale.pick(6, 3))]
    return [Result("step 1,000 against step 100", "×", samples[1:], at_most(1.3))]


def _ratio() -> float:
    run = run_start(actor=world().actor, version=chain("nothing", STEPS), run_input={})
    wait_for([run.pk])
    gaps = _gaps(run.pk)
    return _around(gaps, 1_000) / _around(gaps, 100)


def _gaps(run_id: uuid.UUID) -> list[float]:
    """Return the seconds from each step's start to the next one's."""
    steps = StepRun.objects.filter(run_id=run_id, started_at__isnull=False).order_by("wave")
    times = [started.timestamp() for started in steps.values_list("started_at", flat=True) if started]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def _around(gaps: list[float], step: int) -> float:
    return statistics.median(gaps[step - AROUND : step + AROUND])
