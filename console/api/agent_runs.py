"""One run of an agent: reading, grading again, running again, stopping."""

from typing import Any

from django.db.models import QuerySet
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from agents.models import AgentRun
from agents.queries import agent_runs_for
from agents.trajectory_export import atif_of
from console.access import Permission, require
from console.api.agent_run_lists import out, with_verdicts
from console.api.auth import ApiRequest
from console.api.shapes import AgentRunOut, VerdictOut, agent_run_out, verdict_out
from console.run_log import log_page
from console.tenancy import by_public_id
from evaluation.queries import verdicts_of
from evaluation.services.dispatch import agent_run_rerun
from evaluation.services.regrading import regrade_ask
from orchestration.queries import runs_for
from orchestration.services.runs import run_cancel

router = Router(tags=["Agent runs"])

#: The number of no event: what lies before it is all there is.
LARGEST = 2**31 - 1


class RerunIn(Schema):
    """How to run again. Without a body it is the same versions of pipeline and agent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"newest": True}})

    newest: bool = Field(default=False, description="take the newest published versions of both")


class LineOut(Schema):
    number: int = Field(description="within its attempt")
    stream: str = Field(description="stdout or stderr")
    text: str


class LogOut(Schema):
    model_config = ConfigDict(
        json_schema_extra={"example": {"lines": [{"number": 1, "stream": "stdout", "text": "Hello"}], "older": None}}
    )

    lines: list[LineOut]
    older: int | None = Field(description="null where nothing was printed before")


@router.get("/{agent_run_id}", response=AgentRunOut, summary="Get a run with the verdict that counts")
def detail(request: ApiRequest, agent_run_id: str) -> AgentRunOut:
    return out(by_public_id(with_verdicts(_rows(request)), agent_run_id))


@router.get("/{agent_run_id}/trajectory", summary="Get a run's trajectory in ATIF v1.7")
def trajectory(request: ApiRequest, agent_run_id: str) -> dict[str, Any]:
    return atif_of(by_public_id(_rows(request), agent_run_id))


@router.get("/{agent_run_id}/verdicts", response=list[VerdictOut], summary="List a run's verdicts, the newest first")
def verdicts(request: ApiRequest, agent_run_id: str) -> list[VerdictOut]:
    return [verdict_out(verdict) for verdict in verdicts_of(by_public_id(_rows(request), agent_run_id))]


@router.get("/{agent_run_id}/log", response=LogOut, summary="Get the last lines that an agent printed")
def log(request: ApiRequest, agent_run_id: str, before: int = LARGEST) -> LogOut:
    """About a thousand lines, the oldest first. Pass `older` as `before` for those that were printed before them."""
    agent_run = by_public_id(_rows(request), agent_run_id)
    found = log_page(agent_run, before=max(0, min(before, LARGEST)))
    lines = [LineOut(**line._asdict()) for block in found.blocks for line in block.lines]
    return LogOut(lines=lines, older=found.older or None)


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
