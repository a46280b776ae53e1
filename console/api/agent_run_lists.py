"""Many runs of agents at once: listing, counting, sending as a file, and doing something with all that fit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict, model_validator

from agents.models import Agent, AgentRun
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.run_filters import RunFilterIn, keys_of
from console.api.shapes import AgentRunOut, agent_run_out
from console.exports import RunFileKind, runs_file
from console.ids import to_public
from console.lists.paging import page
from evaluation.explorer import NO_VERDICT, Dimension, runs_matching
from evaluation.models import BulkAct, BulkVerb, Verdict
from evaluation.queries import bulk_acts_under_way
from evaluation.run_counts import facets_of
from evaluation.services.bulk import runs_act
from orchestration.models import Pipeline

router = Router(tags=["Agent runs"])

_MOST_NAMED = 200
_FILE: dict[str, Any] = {
    "responses": {200: {"description": "The file", "content": {"text/csv": {}, "application/x-ndjson": {}}}}
}


class ListIn(RunFilterIn):
    """The filters of a list, and its place in it."""

    cursor: str | None = None
    limit: int = 50


class ExportIn(RunFilterIn):
    """The filters of a file, and its form."""

    format: RunFileKind = Field(RunFileKind.CSV, description="csv, safe for spreadsheets, or jsonl, which is exact")


class CountsOut(Schema):
    """How many runs fit, and how many of the newest 10,000 of them have each value."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "total": 3, "is_capped": False, "status": {"completed": 2, "failed": 1},
                "verdict": {"PASS": 2, "none": 1}, "cause": {"environment": 1},
                "agent": {"agt_01K9X4Z7QD8M3V5T2B6N8C1F0A": 3}, "pipeline": {"pipe_01K9X4Z7QD8M3V5T2B6N8C1F0B": 3},
            }
        }
    )  # fmt: skip

    total: int
    is_capped: bool = Field(description="whether there are more than `total`")
    status: dict[str, int]
    verdict: dict[str, int] = Field(description="`none` is no verdict yet")
    cause: dict[str, int] = Field(description="why runs broke")
    agent: dict[str, int] = Field(description="by the agent's id")
    pipeline: dict[str, int] = Field(description="by the pipeline's id")


class BulkIn(Schema):
    """What to do, and with which runs: those named in `ids`, or all that fit `filters`. `{}` fits every run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"verb": "rerun", "filters": {"status": ["failed"]}}}
    )

    verb: BulkVerb = Field(description="rerun, regrade or cancel")
    ids: list[str] | None = Field(None, max_length=_MOST_NAMED)
    filters: RunFilterIn | None = None

    @model_validator(mode="after")
    def _says_which(self) -> "BulkIn":
        if (self.ids is None) == (self.filters is None):
            raise ValueError("Say which runs, by ids or by filters.")
        return self


class BulkOut(Schema):
    """What became of it. Runs that the verb does not fit stay as they are."""

    model_config = ConfigDict(json_schema_extra={"example": {"asked": 3, "done": 2}})

    asked: int = Field(description="runs that were meant, at most the newest 10,000")
    done: int | None = Field(description="how many of them it fitted; null while it goes on in the background")


class BulkActOut(Schema):
    """An act on many runs that goes on in the background."""

    id: str
    verb: BulkVerb
    total: int
    position: int = Field(description="runs dealt with")
    done: int = Field(description="runs that the verb fitted")
    created_by: str
    created_at: datetime


@router.get("", response=ListOut[AgentRunOut], summary="List runs of agents in a project, the newest first")
def index(request: ApiRequest, filters: Query[ListIn]) -> ListOut[AgentRunOut]:
    rows = with_verdicts(matching(request, filters).select_related("agent", "version"))
    return list_out(page(rows, cursor=filters.cursor, limit=filters.limit), out)


@router.get("/counts", response=CountsOut, summary="Count the runs of a project by what they are")
def counts(request: ApiRequest, filters: Query[RunFilterIn]) -> CountsOut:
    facets = facets_of(matching(request, filters))
    values = facets.values
    return CountsOut(
        total=facets.total.number, is_capped=facets.total.is_capped, status=dict(values[Dimension.STATUS]),
        verdict={name or NO_VERDICT: number for name, number in values[Dimension.VERDICT].items()},
        cause={name: number for name, number in values[Dimension.CAUSE].items() if name},
        agent=_by_id(Agent.ID_PREFIX, values[Dimension.AGENT]),
        pipeline=_by_id(Pipeline.ID_PREFIX, values[Dimension.PIPELINE]),
    )  # fmt: skip


@router.get("/export", summary="Send the runs of a project as CSV or JSONL", openapi_extra=_FILE)
def export(request: ApiRequest, filters: Query[ExportIn]) -> StreamingHttpResponse:
    place = request.auth
    require(place.actor, Permission.VIEW, project_id=place.project.pk)
    return runs_file(place.actor, place.project.pk, filters.filters(place.actor), filters.format)


@router.get("/bulk", response=list[BulkActOut], summary="List what is being done with many runs in the background")
def under_way(request: ApiRequest) -> list[BulkActOut]:
    place = request.auth
    require(place.actor, Permission.VIEW, project_id=place.project.pk)
    return [_act_out(act) for act in bulk_acts_under_way(place.actor, place.project.pk)]


@router.post("/bulk", response={200: BulkOut, 202: BulkOut}, summary="Rerun, re-grade or cancel many runs")
def bulk(request: ApiRequest, data: BulkIn) -> Status[BulkOut]:
    """Up to 50 are dealt with at once, and the answer is 200. More of them are for the workers, and it is 202."""
    place = request.auth
    require(place.actor, Permission.RUN, project_id=place.project.pk)
    rows = matching(request, data.filters) if data.filters is not None else _named(request, data.ids or [])
    result = runs_act(actor=place.actor, project=place.project, verb=data.verb, agent_runs=rows)
    return Status(202 if result.done is None else 200, BulkOut(asked=result.asked, done=result.done))


def with_verdicts(rows: "QuerySet[AgentRun]") -> "QuerySet[AgentRun]":
    return rows.prefetch_related(Prefetch("verdicts", Verdict.objects.order_by("number")))


def out(agent_run: AgentRun) -> AgentRunOut:
    """Shape a run that was read by `with_verdicts`."""
    verdicts_given = list(agent_run.verdicts.all())
    return agent_run_out(agent_run, verdicts_given[-1] if verdicts_given else None)


def matching(request: ApiRequest, data: RunFilterIn) -> "QuerySet[AgentRun]":
    """Return the runs of the project at hand that fit."""
    place = request.auth
    require(place.actor, Permission.VIEW, project_id=place.project.pk)
    return runs_matching(place.actor, place.project.pk, data.filters(place.actor))


def _named(request: ApiRequest, ids: list[str]) -> "QuerySet[AgentRun]":
    rows: QuerySet[AgentRun] = AgentRun.objects.visible_to(request.auth.actor)
    return rows.filter(pk__in=keys_of(AgentRun, request.auth.actor, ids))


def _by_id(prefix: str, numbers: dict[str, int]) -> dict[str, int]:
    return {to_public(prefix, UUID(key)): number for key, number in numbers.items() if key}


def _act_out(act: Any) -> BulkActOut:
    return BulkActOut(
        id=to_public(BulkAct.ID_PREFIX, act.pk), verb=BulkVerb(act.verb), total=act.total, position=act.position,
        done=act.done, created_by=act.created_by, created_at=act.created_at,
    )  # fmt: skip
