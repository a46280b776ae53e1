"""Times of runs, by the database's clock."""

import uuid

from django.db.models import Max, Min

from orchestration.models import Run, StepRun


def seconds_of(run_id: uuid.UUID) -> float:
    """Return how long a run took, from its first step's start to its end."""
    finished = Run.objects.get(pk=run_id).finished_at
    started = StepRun.objects.filter(run_id=run_id).aggregate(first=Min("started_at"))["first"]
    if finished is None or started is None:
        raise RuntimeError("A run that has ended has no times.")
    took: float = (finished - started).total_seconds()
    return took


def span_of(run_ids: list[uuid.UUID]) -> float:
    """Return the seconds from the first of some runs' rows to the last one's end."""
    times = Run.objects.filter(pk__in=run_ids).aggregate(first=Min("created_at"), last=Max("finished_at"))
    span: float = (times["last"] - times["first"]).total_seconds()
    return span
