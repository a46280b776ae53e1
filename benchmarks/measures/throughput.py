"""How many one-step runs two worker processes get through in a second."""

import uuid
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Min

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_least
from benchmarks.world import chain, wait_for, world
from console.embedded import processes
from console.ids import new_id
from orchestration.models import Run, StepRun, Trigger
from orchestration.services.bulk import RunSeed, runs_start
from orchestration.services.runs import run_start


class _Times(NamedTuple):
    first_created: datetime
    first_started: datetime
    last_finished: datetime


def measure(scale: Scale) -> list[Result]:
    rounds, runs = scale.pick(6, 4), scale.pick(500, 300)
    with running(processes.control_worker):
        seeded = [_seeded(runs) for _ in range(rounds)]
        submitted = [_submitted(runs) for _ in range(rounds)]
    return [
        Result("one-step runs seeded at once, two workers", "runs/s", seeded[1:], at_least(200), key="runs"),
        Result("one-step runs started one by one meanwhile", "runs/s", submitted[1:]),
    ]


def _seeded(count: int) -> float:
    """Return the rate at which runs that lie ready are carried out: from the first step's start to the last one's end.

    Writing the rows is not in it; seeding is measured by itself.
    """
    seeds = [RunSeed(new_id(), f"Run {number}", {}) for number in range(count)]
    runs_start(actor=world().actor, version=chain("nothing", 1), seeds=seeds, trigger=Trigger.API)
    times = _times([seed.id for seed in seeds])
    return count / (times.last_finished - times.first_started).total_seconds()


def _submitted(count: int) -> float:
    """Return the rate from the first run's row to the last run's end, one process submitting as fast as it can."""
    version = chain("nothing", 1)
    run_ids = [run_start(actor=world().actor, version=version, run_input={}).pk for _ in range(count)]
    times = _times(run_ids)
    return count / (times.last_finished - times.first_created).total_seconds()


def _times(run_ids: list[uuid.UUID]) -> _Times:
    wait_for(run_ids)
    runs = Run.objects.filter(pk__in=run_ids).aggregate(first=Min("created_at"), last=Max("finished_at"))
    steps = StepRun.objects.filter(run_id__in=run_ids).aggregate(first=Min("started_at"))
    return _Times(runs["first"], steps["first"], runs["last"])
