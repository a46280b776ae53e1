"""Runs of agents: reading, grading again, running again, stopping."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from agents.models import Agent, AgentRun, AgentRunStatus, VerdictWord
from agents.queries import agent_runs_for
from agents.trajectory_export import atif_of
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.shapes import AgentRunOut, VerdictOut, agent_run_out, verdict_out
from console.paging import page
from console.tenancy import by_public_id
from evaluation.models import Verdict
from evaluation.queries import verdicts_of
from evaluation.services.dispatch import agent_run_rerun
from evaluation.services.regrading import regrade_ask
from orchestration.queries import runs_for
from orchestration.services.runs import run_cancel

router = Router(tags=["Agent runs"])


class Filters(Schema):
    """Only runs that fit all of what is given."""

    model_config = ConfigDict(extra="forbid")

    status: AgentRunStatus | None = None
    verdict: VerdictWord | None = None
    agent_id: str | None = None
    cursor: str | None = None
    limit: int = 50


class RerunIn(Schema):
    """How to run again. Without a body it is the same versions of pipeline and agent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"newest": True}})

    newest: bool = Field(default=False, description="take the newest published versions of both")


@router.get("", response=ListOut[AgentRunOut], summary="List runs of agents, the newest first")
def index(request: ApiRequest, filters: Query[Filters]) -> ListOut[AgentRunOut]:
    rows = _with_verdicts(_rows(request))
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.verdict:
        rows = rows.filter(verdict=filters.verdict)
    if filters.agent_id:
        agent = by_public_id(Agent.objects.visible_to(request.auth.actor), filters.agent_id)
        rows = rows.filter(agent=agent)
    return list_out(page(rows, cursor=filters.cursor, limit=filters.limit), _out)


@router.get("/{agent_run_id}", response=AgentRunOut, summary="Get a run with the verdict that counts")
def detail(request: ApiRequest, agent_run_id: str) -> AgentRunOut:
    return _out(by_public_id(_with_verdicts(_rows(request)), agent_run_id))


@router.get("/{agent_run_id}/trajectory", summary="Get a run's trajectory in ATIF v1.7")
def trajectory(request: ApiRequest, agent_run_id: str) -> dict[str, Any]:
    return atif_of(by_public_id(_rows(request), agent_run_id))


@router.get("/{agent_run_id}/verdicts", response=list[VerdictOut], summary="List a run's verdicts, the newest first")
def verdicts(request: ApiRequest, agent_run_id: str) -> list[VerdictOut]:
    return [verdict_out(verdict) for verdict in verdicts_of(by_public_id(_rows(request), agent_run_id))]


@router.post("/{agent_run_id}/regrade", response={202: AgentRunOut}, summary="Grade a run again, keeping its verdicts")
def regrade(request: ApiRequest, agent_run_id: str) -> Status[AgentRunOut]:
    """The answer shows the run as it is; the new verdict has the next number."""
    regrade_ask(actor=request.auth.actor, agent_run=by_public_id(_rows(request), agent_run_id))
    return Status(202, detail(request, agent_run_id))


@router.post("/{agent_run_id}/rerun", response={201: AgentRunOut}, summary="Run again on the same input")
def rerun(request: ApiRequest, agent_run_id: str, data: RerunIn | None = None) -> Status[AgentRunOut]:
    agent_run = by_public_id(_rows(request), agent_run_id)
    made = agent_run_rerun(actor=request.auth.actor, agent_run=agent_run, newest=bool(data and data.newest))
    return Status(201, agent_run_out(made, None))


@router.post("/{agent_run_id}/cancel", response=AgentRunOut, summary="Stop a run")
def cancel(request: ApiRequest, agent_run_id: str) -> AgentRunOut:
    agent_run = by_public_id(_rows(request), agent_run_id)
    run_cancel(actor=request.auth.actor, run=runs_for(request.auth.actor).get(pk=agent_run.run_id))
    return detail(request, agent_run_id)


def _rows(request: ApiRequest) -> "QuerySet[AgentRun]":
    require(request.auth.actor, Permission.VIEW)
    return agent_runs_for(request.auth.actor)


def _with_verdicts(rows: "QuerySet[AgentRun]") -> "QuerySet[AgentRun]":
    return rows.prefetch_related(Prefetch("verdicts", Verdict.objects.order_by("number")))


def _out(agent_run: AgentRun) -> AgentRunOut:
    verdicts_given = list(agent_run.verdicts.all())
    return agent_run_out(agent_run, verdicts_given[-1] if verdicts_given else None)
