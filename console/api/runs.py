"""Runs of pipelines, whatever these are written in: reading, running again from a step, answering, stopping."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from agents.llm.records import usage_of_run
from agents.models import AgentRun
from agents.queries import agent_runs_for
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.queries import QueryIn
from console.api.run_filters import keys_of
from console.ids import to_public
from console.lists.paging import page
from console.tenancy import by_public_id
from orchestration.models import Dialect, Pipeline, Run, StepRun
from orchestration.queries import runs_for, steps_of
from orchestration.services.runs import run_cancel, run_rerun, step_answer
from orchestration.states import RunStatus
from orchestration.views import read_view

router = Router(tags=["Runs"])


class RunListIn(QueryIn):
    """Only runs that fit all of what is given."""

    pipeline_id: str | None = None
    dialect: Dialect | None = None
    status: RunStatus | None = None
    cursor: str | None = None
    limit: int = 50


class RunAgainIn(Schema):
    """How to run again. Without a body it is the same version, from the beginning."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"from_step": "summarize", "newest": False}}
    )

    from_step: str = Field(default="", description="the step to run again from; outcomes before it are taken over")
    newest: bool = Field(default=False, description="take the newest published version")


class AnswerIn(Schema):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"step": "ask", "output": {"answer": "Go on"}}}
    )

    step: str = Field(description="the step that waits, as the run's steps name it")
    output: dict[str, JsonValue] = Field(description="what the step asked for")


class RunStepOut(Schema):
    """One attempt at one step."""

    id: str
    step: str = Field(description="its id in the pipeline")
    kind: str
    status: str = Field(
        description="scheduled, queued, ready, running, waiting, completed, failed, skipped, cancelled or lost"
    )
    generation: int = Field(description="how often the run was sent back to before it")
    attempt: int
    output: Any
    route: str | None
    error: dict[str, Any] | None
    waiting_for: dict[str, Any] | None
    due_at: datetime | None
    agent_run_id: str | None = Field(description="the run of an agent that it stands for")
    started_at: datetime | None
    finished_at: datetime | None


class RunListedOut(Schema):
    id: str
    pipeline_id: str
    pipeline: str
    dialect: Dialect
    version: int
    status: RunStatus
    title: str
    trigger: str = Field(description="what started it: manual, csv, api, rerun, demo or child")
    error: dict[str, Any] | None
    rerun_of: str | None
    rerun_from: str = Field(description="the step it began at, where it is a rerun; blank is the beginning")
    created_at: datetime
    finished_at: datetime | None


class UsageOut(Schema):
    """What the calls of models took."""

    input_tokens: int
    output_tokens: int
    cost: str | None = Field(description="US dollars; null where a price is not known")


_STEP: dict[str, JsonValue] = {
    "id": "step_01K9X4Z7QD8M3V5T2B6N8C1F0A", "step": "ask", "kind": "human", "status": "waiting", "generation": 0,
    "attempt": 1, "output": None, "route": None, "error": None,
    "waiting_for": {"type": "human_input", "prompt": "Go on?"}, "due_at": None, "agent_run_id": None,
    "started_at": "2026-03-01T09:00:00Z", "finished_at": None,
}  # fmt: skip
_RUN: dict[str, JsonValue] = {
    "id": "run_01K9X4Z7QD8M3V5T2B6N8C1F0A", "pipeline_id": "pipe_01K9X4Z7QD8M3V5T2B6N8C1F0B", "pipeline": "Refunds",
    "dialect": "nodes", "version": 1, "status": "paused", "title": "Refunds", "trigger": "api", "error": None,
    "rerun_of": None, "rerun_from": "", "created_at": "2026-03-01T09:00:00Z", "finished_at": None,
    "input": {"order": 7}, "state": {"order": 7, "input": {"order": 7}, "artifacts": {}},
    "usage": {"input_tokens": 0, "output_tokens": 0, "cost": None}, "steps": [_STEP],
}  # fmt: skip


class RunWithStepsOut(RunListedOut):
    model_config = ConfigDict(json_schema_extra={"example": _RUN})

    input: dict[str, Any]
    state: dict[str, Any] = Field(description="the input and what steps left behind, their outputs under `artifacts`")
    usage: UsageOut = Field(description="of the run's own calls of models and those of its agents")
    steps: list[RunStepOut] = Field(description="every attempt, in the order they were made")


@router.get("", response=ListOut[RunListedOut], summary="List the runs of a project, the newest first")
def index(request: ApiRequest, filters: Query[RunListIn]) -> ListOut[RunListedOut]:
    place = request.auth
    rows = _rows(request).filter(project=place.project)
    if filters.pipeline_id:
        rows = rows.filter(pipeline_id__in=keys_of(Pipeline, place.actor, [filters.pipeline_id]))
    if filters.dialect:
        rows = rows.filter(pipeline__dialect=filters.dialect)
    if filters.status:
        rows = rows.filter(status=filters.status)
    return list_out(page(_light(rows), cursor=filters.cursor, limit=filters.limit), _listed)


@router.get("/{run_id}", response=RunWithStepsOut, summary="Get a run with its state and steps")
def detail(request: ApiRequest, run_id: str) -> RunWithStepsOut:
    """Takes the id of a pipeline's run, or of an agent's run that belongs to one."""
    return _out(_run(request, run_id))


@router.post("/{run_id}/rerun", response={201: RunWithStepsOut}, summary="Run again, whole or from a step on")
def rerun(request: ApiRequest, run_id: str, data: RunAgainIn | None = None) -> Status[RunWithStepsOut]:
    how = data or RunAgainIn()
    run = _run(request, run_id)
    made = run_rerun(actor=request.auth.actor, run=run, from_node=how.from_step, newest=how.newest)
    return Status(201, _out(made))


@router.post("/{run_id}/answer", response=RunWithStepsOut, summary="Answer what a paused run waits for")
def answer(request: ApiRequest, run_id: str, data: AnswerIn) -> RunWithStepsOut:
    step_answer(actor=request.auth.actor, run=_run(request, run_id), node_id=data.step, output=data.output)
    return _out(_run(request, run_id))


@router.post("/{run_id}/cancel", response=RunWithStepsOut, summary="Stop a run")
def cancel(request: ApiRequest, run_id: str) -> RunWithStepsOut:
    run_cancel(actor=request.auth.actor, run=_run(request, run_id))
    return _out(_run(request, run_id))


def _rows(request: ApiRequest) -> "QuerySet[Run]":
    require(request.auth.actor, Permission.VIEW)
    return runs_for(request.auth.actor).select_related("rerun_of")


def _light(rows: "QuerySet[Run]") -> "QuerySet[Run]":
    return rows.defer("version__graph", "version__definition", "pipeline__draft", "rerun_of__input", "input")


def _run(request: ApiRequest, run_id: str) -> Run:
    if not run_id.startswith(f"{AgentRun.ID_PREFIX}_"):
        return by_public_id(_rows(request), run_id)
    agent_run = by_public_id(agent_runs_for(request.auth.actor), run_id)
    return by_public_id(_rows(request), to_public(Run.ID_PREFIX, agent_run.run_id))


def _facts(run: Run) -> dict[str, Any]:
    return {
        "id": run.public_id, "pipeline_id": run.pipeline.public_id, "pipeline": run.pipeline.name,
        "dialect": run.pipeline.dialect, "version": run.version.number, "status": run.status, "title": run.title,
        "trigger": run.trigger, "error": run.error, "rerun_of": run.rerun_of.public_id if run.rerun_of else None,
        "rerun_from": run.rerun_from, "created_at": run.created_at, "finished_at": run.finished_at,
    }  # fmt: skip


def _listed(run: Run) -> RunListedOut:
    return RunListedOut(**_facts(run))


def _out(run: Run) -> RunWithStepsOut:
    agent_runs = AgentRun.objects.filter(run_id=run.pk).only("id", "node_id").order_by("pk")
    of_step = {agent_run.node_id: agent_run.public_id for agent_run in agent_runs}
    steps = [_step(step, of_step.get(step.node_id)) for step in steps_of(run)]
    usage = usage_of_run(run.organization_id, run.pk)
    cost = None if usage.cost is None else str(usage.cost)
    return RunWithStepsOut(
        **_facts(run), input=run.input, state=read_view(run).final_state(), steps=steps,
        usage=UsageOut(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, cost=cost),
    )  # fmt: skip


def _step(step: StepRun, agent_run_id: str | None) -> RunStepOut:
    return RunStepOut(
        id=step.public_id, step=step.node_id, kind=step.kind, status=step.status, generation=step.generation,
        attempt=step.attempt, output=step.output, route=step.route, error=step.error, waiting_for=step.waiting_for,
        due_at=step.due_at, agent_run_id=agent_run_id, started_at=step.started_at, finished_at=step.finished_at,
    )  # fmt: skip
