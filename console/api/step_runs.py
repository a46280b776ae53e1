"""Runs of step pipelines: starting, reading, stopping and repeating them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.step_pipelines import step_pipeline
from console.ids import to_public
from console.lists.paging import page
from console.services.pipeline_start import pipeline_start
from console.tenancy import by_public_id
from orchestration.models import Dialect, Run, StepRun
from orchestration.queries import runs_for, steps_of
from orchestration.services.runs import run_cancel, run_rerun
from orchestration.views import read_view

of_pipelines = Router(tags=["Step pipelines"])
router = Router(tags=["Step pipelines"])


class StepRunIn(Schema):
    """What a run begins with: the trigger's input."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"input": {"lines": 12}}})

    input: dict[str, JsonValue] = {}
    title: str = ""


class StepRerunIn(Schema):
    """How to run again. Without a body it is the same version, from the beginning."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"from_step": "done", "newest": False}})

    from_step: str = Field(default="", description="the step to run again from; outcomes before it are taken over")
    newest: bool = Field(default=False, description="take the newest published version")


class StepOut(Schema):
    """One attempt at one step."""

    id: str
    step_id: str = Field(description="the step's id in the pipeline")
    kind: str
    status: str = Field(
        description="scheduled, queued, ready, running, waiting, completed, failed, skipped, cancelled or lost"
    )
    attempt: int
    output: Any
    route: str | None = Field(description="the key that a router chose")
    error: dict[str, Any] | None
    waiting_for: dict[str, Any] | None = Field(description="what a step that waits is waiting for")
    child_run_ids: list[str] = Field(description="runs that the step started and waits for")
    started_at: datetime | None
    finished_at: datetime | None


class StepRunSummaryOut(Schema):
    id: str
    step_pipeline_id: str
    version: int
    status: str = Field(description="running, paused, completed, failed or cancelled")
    title: str
    trigger: str
    input: dict[str, Any]
    error: dict[str, Any] | None = Field(description="`{code, message, details, node_id}` of a run that failed")
    parent_pipeline_run_id: str | None = Field(
        description="the run whose step started this one", serialization_alias="parentPipelineRunId"
    )
    depth: int = Field(description="how many runs stand above this one")
    created_at: datetime
    finished_at: datetime | None


class StepRunOut(StepRunSummaryOut):
    state: dict[str, Any] = Field(description="the input, what steps wrote, and their outputs under `artifacts`")
    steps: list[StepOut] = Field(description="every attempt, in the order they were made")


@of_pipelines.post(
    "/{step_pipeline_id}/runs", response={201: StepRunOut}, by_alias=True, summary="Start a run of the latest version"
)
def create(request: ApiRequest, step_pipeline_id: str, data: StepRunIn) -> Status[StepRunOut]:
    run = pipeline_start(
        actor=request.auth.actor, pipeline=step_pipeline(request, step_pipeline_id), run_input=data.input,
        title=data.title,
    )  # fmt: skip
    return Status(201, detail(request, run.public_id))


@of_pipelines.get(
    "/{step_pipeline_id}/runs",
    response=ListOut[StepRunSummaryOut],
    by_alias=True,
    summary="List runs, the newest first",
)
def index(
    request: ApiRequest, step_pipeline_id: str, cursor: str | None = None, limit: int = 50
) -> ListOut[StepRunSummaryOut]:
    rows = _runs(request).filter(pipeline=step_pipeline(request, step_pipeline_id))
    return list_out(page(rows, cursor=cursor, limit=limit), _summary)


@router.get("/{step_run_id}", response=StepRunOut, by_alias=True, summary="Get a run with its state and steps")
def detail(request: ApiRequest, step_run_id: str) -> StepRunOut:
    run = _run(request, step_run_id)
    children = runs_for(request.auth.actor).filter(parent_step__run=run).order_by("pk")
    return _out(run, children)


@router.post("/{step_run_id}/cancel", response=StepRunOut, by_alias=True, summary="Stop a run")
def cancel(request: ApiRequest, step_run_id: str) -> StepRunOut:
    run_cancel(actor=request.auth.actor, run=_run(request, step_run_id))
    return detail(request, step_run_id)


@router.post(
    "/{step_run_id}/rerun", response={201: StepRunOut}, by_alias=True, summary="Run again, whole or from a step on"
)
def rerun(request: ApiRequest, step_run_id: str, data: StepRerunIn | None = None) -> Status[StepRunOut]:
    how = data or StepRerunIn()
    run = _run(request, step_run_id)
    started = run_rerun(actor=request.auth.actor, run=run, from_node=how.from_step, newest=how.newest)
    return Status(201, detail(request, started.public_id))


def _runs(request: ApiRequest) -> "QuerySet[Run]":
    require(request.auth.actor, Permission.VIEW)
    return runs_for(request.auth.actor).filter(pipeline__dialect=Dialect.STEPS).select_related("parent_step")


def _run(request: ApiRequest, step_run_id: str) -> Run:
    return by_public_id(_runs(request), step_run_id)


def _facts(run: Run) -> dict[str, Any]:
    parent = run.parent_step
    return {
        "id": run.public_id, "step_pipeline_id": run.pipeline.public_id, "version": run.version.number,
        "status": run.status, "title": run.title, "trigger": run.trigger, "input": run.input, "error": run.error,
        "parent_pipeline_run_id": to_public(Run.ID_PREFIX, parent.run_id) if parent else None, "depth": run.depth,
        "created_at": run.created_at, "finished_at": run.finished_at,
    }  # fmt: skip


def _summary(run: Run) -> StepRunSummaryOut:
    return StepRunSummaryOut(**_facts(run))


def _out(run: Run, children: Iterable[Run]) -> StepRunOut:
    started: dict[uuid.UUID | None, list[str]] = defaultdict(list)
    for child in children:
        started[child.parent_step_id].append(child.public_id)
    steps = [_step(step, started[step.pk]) for step in steps_of(run)]
    return StepRunOut(**_facts(run), state=read_view(run).final_state(), steps=steps)


def _step(step: StepRun, child_run_ids: list[str]) -> StepOut:
    return StepOut(
        id=step.public_id, step_id=step.node_id, kind=step.kind, status=step.status, attempt=step.attempt,
        output=step.output, route=step.route, error=step.error, waiting_for=step.waiting_for,
        child_run_ids=child_run_ids, started_at=step.started_at, finished_at=step.finished_at,
    )  # fmt: skip
