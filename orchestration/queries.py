"""Reads of pipelines and runs. Each starts from what the actor may see."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from console.access import Actor
from orchestration.models import Pipeline, PipelineVersion, Run, RunEvent, StepRun


def pipelines_for(actor: Actor) -> "QuerySet[Pipeline]":
    """Return the pipelines that are not archived, with their latest versions."""
    return Pipeline.objects.visible_to(actor).filter(archived_at=None).select_related("latest", "project")


def pipeline_versions_for(actor: Actor, pipeline: Pipeline) -> "QuerySet[PipelineVersion]":
    """Return the versions of a pipeline, the newest first."""
    return PipelineVersion.objects.visible_to(actor).filter(pipeline=pipeline).order_by("-number")


def runs_for(actor: Actor) -> "QuerySet[Run]":
    return Run.objects.visible_to(actor).select_related("pipeline", "version")


def steps_of(run: Run) -> list[StepRun]:
    """Return every attempt at every step of a run, in the order they were made."""
    return list(StepRun.objects.filter(run=run).order_by("id"))


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is sent out; `data` is JSON text."""

    seq: int
    kind: str
    data: str
    created_at: datetime


def events_after(run_id: uuid.UUID, after: int, *, limit: int) -> list[EventRow]:
    """Return up to `limit` events of a run behind number `after`, in order."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    return [EventRow(*row) for row in rows.values_list("seq", "kind", "data", "created_at")[:limit]]


def events_before(run_id: uuid.UUID, before: int, *, limit: int) -> list[EventRow]:
    """Return up to `limit` events of a run with a number below `before`, the newest first."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__lt=before).order_by("-seq")
    return [EventRow(*row) for row in rows.values_list("seq", "kind", "data", "created_at")[:limit]]


def head_of(run_id: uuid.UUID) -> int:
    """Return the number of a run's last event; 0 for a run that is gone."""
    return Run.objects.filter(pk=run_id).values_list("seq", flat=True).first() or 0
