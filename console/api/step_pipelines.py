"""Step pipelines: a trigger, and agents, scripts, routers and joins behind it, as programs define them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.errors import Problem
from console.lists.paging import page
from console.tenancy import by_public_id
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for
from orchestration.services.pipelines import pipeline_archive, pipeline_create, pipeline_publish, pipeline_update
from orchestration.services.step_pipelines import steps_validate

router = Router(tags=["Step pipelines"])

_STEPS: list[JsonValue] = [
    {"id": "start", "kind": "trigger"},
    {"id": "size", "kind": "router", "config": {"condition": "lines > 400 ? 'large' : 'small'"}},
    {"id": "count", "kind": "bashScript", "config": {"script": "echo {{lines}} lines", "outputKey": "told"}},
    {"id": "split", "kind": "bashScript", "config": {"script": "echo too large", "timeout": 60}},
    {"id": "done", "kind": "join"},
]
_EDGES: list[JsonValue] = [
    {"source": "start", "target": "size"},
    {"source": "size", "target": "count", "routeKey": "small"},
    {"source": "size", "target": "split", "routeKey": "large"},
    {"source": "count", "target": "done"},
    {"source": "split", "target": "done"},
]
_GRAPH: dict[str, JsonValue] = {"steps": _STEPS, "edges": _EDGES}
_STEPS_FIELD = Field(description="`{id, kind, name, config}` each, in order")
_EDGES_FIELD = Field(description="`{source, target, routeKey?}` each; a router's edges carry the key that takes them")


class StepsIn(Schema):
    """Steps and edges to be checked."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _GRAPH})

    steps: list[JsonValue] = _STEPS_FIELD
    edges: list[JsonValue] = Field(default=[], description=_EDGES_FIELD.description)


class StepPipelineIn(StepsIn):
    """A whole pipeline, which becomes the draft."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "size up", **_GRAPH}})

    name: str
    description: str = ""


class StepPipelineOut(Schema):
    id: str
    name: str
    description: str
    status: str = Field(description="draft, published, or changed: published, with a draft that differs")
    version: int | None = Field(description="the latest published version, which new runs take")
    steps: list[Any] = Field(description="of the draft, as they were sent")
    edges: list[Any] = Field(description="of the draft, as they were sent")
    created_at: datetime
    updated_at: datetime


class StepPipelineVersionOut(Schema):
    id: str
    version: int


class StepFindingOut(Schema):
    path: str = Field(description="such as `steps.2.config.prompt`; empty for the whole")
    message: str


class StepValidationOut(Schema):
    valid: bool
    errors: list[StepFindingOut]
    warnings: list[StepFindingOut]


@router.post("", response={201: StepPipelineOut}, summary="Create a step pipeline as a draft")
def create(request: ApiRequest, data: StepPipelineIn) -> Status[StepPipelineOut]:
    pipeline = pipeline_create(
        actor=request.auth.actor, project=request.auth.project, name=data.name, description=data.description,
        dialect_name=Dialect.STEPS, definition=_definition(data),
    )  # fmt: skip
    return Status(201, _out(pipeline))


@router.post("/validate", response=StepValidationOut, summary="Check steps and edges without storing them")
def validate(request: ApiRequest, data: StepsIn) -> StepValidationOut:
    found = steps_validate(actor=request.auth.actor, project=request.auth.project, definition=_definition(data))
    return StepValidationOut(
        valid=not found.errors, errors=list(map(_finding, found.errors)), warnings=list(map(_finding, found.warnings))
    )


@router.get("", response=ListOut[StepPipelineOut], summary="List step pipelines, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[StepPipelineOut]:
    return list_out(page(_step_pipelines(request), cursor=cursor, limit=limit), _out)


@router.get("/{step_pipeline_id}", response=StepPipelineOut, summary="Get a step pipeline with its draft")
def detail(request: ApiRequest, step_pipeline_id: str) -> StepPipelineOut:
    return _out(step_pipeline(request, step_pipeline_id))


@router.put("/{step_pipeline_id}", response=StepPipelineOut, summary="Replace a step pipeline's draft")
def update(request: ApiRequest, step_pipeline_id: str, data: StepPipelineIn) -> StepPipelineOut:
    pipeline = pipeline_update(
        actor=request.auth.actor, pipeline=step_pipeline(request, step_pipeline_id), name=data.name,
        description=data.description, definition=_definition(data),
    )  # fmt: skip
    return _out(pipeline)


@router.delete("/{step_pipeline_id}", response={204: None}, summary="Archive a step pipeline")
def delete(request: ApiRequest, step_pipeline_id: str) -> Status[None]:
    pipeline_archive(actor=request.auth.actor, pipeline=step_pipeline(request, step_pipeline_id))
    return Status(204, None)


@router.post(
    "/{step_pipeline_id}/publish", response=StepPipelineVersionOut, summary="Publish the draft as a new version"
)
def publish(request: ApiRequest, step_pipeline_id: str) -> StepPipelineVersionOut:
    version = pipeline_publish(actor=request.auth.actor, pipeline=step_pipeline(request, step_pipeline_id))
    return StepPipelineVersionOut(id=version.public_id, version=version.number)


def step_pipeline(request: ApiRequest, step_pipeline_id: str) -> Pipeline:
    """Return a step pipeline that the asker may see."""
    return by_public_id(_step_pipelines(request), step_pipeline_id)


def _step_pipelines(request: ApiRequest) -> "QuerySet[Pipeline]":
    require(request.auth.actor, Permission.VIEW)
    return pipelines_for(request.auth.actor).filter(dialect=Dialect.STEPS)


def _definition(data: StepsIn) -> JsonObject:
    return {"steps": data.steps, "edges": data.edges}


def _out(pipeline: Pipeline) -> StepPipelineOut:
    return StepPipelineOut(
        id=pipeline.public_id, name=pipeline.name, description=pipeline.description, status=pipeline.status,
        version=pipeline.latest.number if pipeline.latest else None, steps=pipeline.draft.get("steps", []),
        edges=pipeline.draft.get("edges", []), created_at=pipeline.created_at, updated_at=pipeline.updated_at,
    )  # fmt: skip


def _finding(problem: Problem) -> StepFindingOut:
    return StepFindingOut(path=problem.dotted_path, message=problem.message)
