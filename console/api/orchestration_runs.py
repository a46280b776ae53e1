"""Runs of orchestrations."""

import time
from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.api.auth import ApiRequest
from console.api.lists import ListOut
from console.api.orchestrations import orchestration, orchestration_id_of
from console.ids import from_public
from console.lists.paging import page
from orchestration.dialects.nodes.errors import OrchestrationRunNotFound
from orchestration.models import Pipeline, Run
from orchestration.queries import runs_for
from orchestration.run_facts import RunFacts, facts_of
from orchestration.services.orchestration_runs import (
    human_input_submit,
    orchestration_run_cancel,
    orchestration_run_resume,
    orchestration_run_start,
)
from orchestration.states import RunStatus

router = Router(tags=["Orchestration runs"])

MOST_WAIT_SECONDS = 60
#: Runs in one page of a list: each carries its whole state.
MOST_LISTED = 50
_LOOK_SECONDS = 0.1

Wait = Annotated[
    bool | float,
    Field(description=f"Answer when the run has ended or pauses: true, or seconds, at most {MOST_WAIT_SECONDS}."),
]


class RunIn(Schema):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"input": {"query": "summarize Q1 revenue", "score": 0.9}}}
    )

    input: dict[str, JsonValue] = {}
    wait: Wait = False


class HumanInputIn(Schema):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"node_id": "ask", "output": {"answer": "Try again"}}}
    )

    node_id: JsonValue = Field(default=None, description="the node that waits, as in `required_action`")
    output: JsonValue = Field(default=None, description="what becomes the node's output: an object")


class RunOut(Schema):
    """A run. Its `status` is running, paused, completed, failed or cancelled."""

    id: str
    orchestration_id: str
    status: str
    state: dict[str, Any] = Field(description="the input, spread out and under `input`, with what nodes wrote to it")
    active_nodes: list[str] = Field(description="nodes that wait for somebody")
    artifacts: dict[str, Any] = Field(description="outputs by node")
    error: dict[str, Any] | None = Field(description="`{code, message, …}` of a run that failed")
    current_node_id: str | None = Field(description="the node that was carried out last, or that is waited at")
    required_action: dict[str, Any] | None = Field(description="`{type, node_id, prompt, …}` of a run that is paused")
    created_at: datetime
    updated_at: datetime


@router.post("/{orchestration_id}/runs", response={201: RunOut}, summary="Start a run")
def create(
    request: ApiRequest, orchestration_id: str, data: RunIn, wait: Annotated[float, Query(ge=0)] = 0
) -> Status[RunOut]:
    pipeline = orchestration(request, orchestration_id)
    run = orchestration_run_start(actor=request.auth.actor, pipeline=pipeline, run_input=data.input)
    _wait(run, _seconds(data.wait) or wait)
    return Status(201, _out(_run(request, pipeline, run.public_id)))


@router.get("/{orchestration_id}/runs", response=ListOut[RunOut], summary="List runs, the newest first")
def index(request: ApiRequest, orchestration_id: str, cursor: str | None = None, limit: int = 20) -> ListOut[RunOut]:
    rows = _runs(request, orchestration(request, orchestration_id))
    found = page(rows, cursor=cursor, limit=min(limit, MOST_LISTED))
    facts = facts_of(found.items)
    items = [_shaped(run, facts[run.pk]) for run in found.items]
    return ListOut[RunOut](items=items, next_cursor=found.older)


@router.get("/{orchestration_id}/runs/{orchestration_run_id}", response=RunOut, summary="Get a run")
def detail(request: ApiRequest, orchestration_id: str, orchestration_run_id: str) -> RunOut:
    return _out(_run(request, orchestration(request, orchestration_id), orchestration_run_id))


@router.post("/{orchestration_id}/runs/{orchestration_run_id}/cancel", response=RunOut, summary="Cancel a run")
def cancel(request: ApiRequest, orchestration_id: str, orchestration_run_id: str) -> RunOut:
    pipeline = orchestration(request, orchestration_id)
    orchestration_run_cancel(actor=request.auth.actor, run=_run(request, pipeline, orchestration_run_id))
    return _out(_run(request, pipeline, orchestration_run_id))


@router.post("/{orchestration_id}/runs/{orchestration_run_id}/resume", response=RunOut, summary="Resume a paused run")
def resume(request: ApiRequest, orchestration_id: str, orchestration_run_id: str) -> RunOut:
    pipeline = orchestration(request, orchestration_id)
    orchestration_run_resume(actor=request.auth.actor, run=_run(request, pipeline, orchestration_run_id))
    return _out(_run(request, pipeline, orchestration_run_id))


@router.post(
    "/{orchestration_id}/runs/{orchestration_run_id}/human-input",
    response=RunOut,
    summary="Answer the node that a run waits at",
)
def human_input(request: ApiRequest, orchestration_id: str, orchestration_run_id: str, data: HumanInputIn) -> RunOut:
    pipeline = orchestration(request, orchestration_id)
    human_input_submit(
        actor=request.auth.actor, run=_run(request, pipeline, orchestration_run_id), node_id=data.node_id,
        output=data.output,
    )  # fmt: skip
    return _out(_run(request, pipeline, orchestration_run_id))


def _runs(request: ApiRequest, pipeline: Pipeline) -> "QuerySet[Run]":
    return runs_for(request.auth.actor).filter(pipeline=pipeline)


def _run(request: ApiRequest, pipeline: Pipeline, run_id: str) -> Run:
    key = from_public(Run.ID_PREFIX, run_id)
    found = None if key is None else _runs(request, pipeline).filter(pk=key).first()
    if found is None:
        raise OrchestrationRunNotFound(f"There is no run {run_id!r} of this orchestration.")
    return found


def _seconds(wait: bool | float) -> float:  # noqa: FBT001  # as it is sent
    return MOST_WAIT_SECONDS if wait is True else float(wait)


def _wait(run: Run, seconds: float) -> None:
    """Wait until a run has ended or pauses, at most so long. Every look is a query of its own."""
    until = time.monotonic() + min(seconds, MOST_WAIT_SECONDS)
    while run.status == RunStatus.RUNNING and time.monotonic() < until:
        run.refresh_from_db(fields=["status"])
        if run.status == RunStatus.RUNNING:
            time.sleep(_LOOK_SECONDS)


def _out(run: Run) -> RunOut:
    return _shaped(run, facts_of([run])[run.pk])


def _shaped(run: Run, facts: RunFacts) -> RunOut:
    return RunOut(
        id=run.public_id, orchestration_id=orchestration_id_of(run.pipeline), status=run.status, state=facts.state,
        active_nodes=facts.active_nodes, artifacts=facts.artifacts, error=run.error,
        current_node_id=facts.current_node_id, required_action=facts.required_action, created_at=run.created_at,
        updated_at=facts.updated_at,
    )  # fmt: skip
