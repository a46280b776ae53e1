"""Orchestrations: graphs of agents, tools, knowledge and people, as programs define them."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Field, Router, Schema, Status
from pydantic import AliasChoices, ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.errors import NotFound
from console.ids import from_public, to_public
from console.lists.paging import page
from console.models import Project
from orchestration.dialects.nodes.errors import OrchestrationNotFound
from orchestration.dialects.nodes.findings import NodeFinding
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for
from orchestration.services.orchestrations import (
    definition_of,
    orchestration_create,
    orchestration_update,
    orchestration_validate,
)
from orchestration.services.pipelines import pipeline_archive
from orchestration.steps.nesting import ORCHESTRATION_PREFIX

router = Router(tags=["Orchestrations"])

_NODES: list[JsonValue] = [
    {
        "id": "check",
        "type": "condition",
        "expression": {"if": [{">": [{"var": "score"}, 0.8]}, "high", "low"]},
    },
    {"id": "praise", "type": "transform", "expression": "Well done", "output_mapping": {"result": "state.answer"}},
    {"id": "ask", "type": "human", "prompt": "What now?", "output_mapping": {"answer": "state.answer"}},
]
_EDGES: list[JsonValue] = [
    {"from": "check", "to": "praise", "condition": "high"},
    {"from": "check", "to": "ask", "condition": "low"},
]
_GRAPH: dict[str, JsonValue] = {"nodes": _NODES, "edges": _EDGES}
_NODES_FIELD = Field(description="`{id, type, …}` each, in order")
_EDGES_FIELD = Field(description="`{from, to, condition?, activation_group?, activation_condition?}` each")


class _Parts(Schema):
    model_config = ConfigDict(extra="forbid")

    state_schema: Annotated[
        dict[str, Any] | None, Field(validation_alias=AliasChoices("state_schema", "stateSchema"))
    ] = None
    input_schema: Annotated[
        dict[str, Any] | None, Field(validation_alias=AliasChoices("input_schema", "inputSchema"))
    ] = None


class GraphIn(_Parts):
    """A graph to be checked. What is missing is empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _GRAPH})

    nodes: Annotated[list[JsonValue], _NODES_FIELD] = []
    edges: Annotated[list[JsonValue], _EDGES_FIELD] = []


class OrchestrationUpdateIn(_Parts):
    """The whole of an orchestration."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "grade", **_GRAPH}})

    name: str
    description: str | None = None
    nodes: Annotated[list[JsonValue], _NODES_FIELD]
    edges: Annotated[list[JsonValue], _EDGES_FIELD]


class OrchestrationIn(OrchestrationUpdateIn):
    """An orchestration; without a project it is the token's own."""

    project_id: Annotated[str | None, Field(validation_alias=AliasChoices("project_id", "projectId"))] = None


class OrchestrationPatchIn(_Parts):
    """What of an orchestration is to change."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"description": "Grades by score"}})

    name: str | None = None
    description: str | None = None
    nodes: Annotated[list[JsonValue] | None, _NODES_FIELD] = None
    edges: Annotated[list[JsonValue] | None, _EDGES_FIELD] = None


class OrchestrationOut(Schema):
    id: str
    project_id: str
    name: str
    description: str | None
    nodes: list[Any] = Field(description="as they were sent")
    edges: list[Any] = Field(description="as they were sent")
    state_schema: dict[str, Any] | None
    input_schema: dict[str, Any] | None
    version: int = Field(description="counts the changes of the graph; runs keep the version they started with")
    created_at: datetime
    updated_at: datetime


class FindingOut(Schema):
    path: str = Field(description="such as `nodes[2].expression`; empty for the whole")
    message: str


class ValidationOut(Schema):
    valid: bool
    errors: list[FindingOut]
    warnings: list[FindingOut]


@router.post("", response={201: OrchestrationOut}, summary="Create an orchestration")
def create(request: ApiRequest, data: OrchestrationIn) -> Status[OrchestrationOut]:
    pipeline = orchestration_create(
        actor=request.auth.actor, project=_project(request, data.project_id), name=data.name,
        description=data.description or "", definition=_definition(data),
    )  # fmt: skip
    return Status(201, _out(pipeline))


@router.post("/validate", response=ValidationOut, summary="Check a graph without storing it")
def validate(request: ApiRequest, data: GraphIn) -> ValidationOut:
    found = orchestration_validate(actor=request.auth.actor, project=request.auth.project, definition=_definition(data))
    return ValidationOut(valid=found.is_valid, errors=_findings(found.errors), warnings=_findings(found.warnings))


@router.get("", response=ListOut[OrchestrationOut], summary="List orchestrations, the newest first")
def index(
    request: ApiRequest, project_id: str | None = None, cursor: str | None = None, limit: int = 50
) -> ListOut[OrchestrationOut]:
    rows = _orchestrations(request)
    if project_id is not None:
        rows = rows.filter(project_id=_project(request, project_id).pk)
    return list_out(page(rows, cursor=cursor, limit=limit), _out)


@router.get("/{orchestration_id}", response=OrchestrationOut, summary="Get an orchestration")
def detail(request: ApiRequest, orchestration_id: str) -> OrchestrationOut:
    return _out(orchestration(request, orchestration_id))


@router.put("/{orchestration_id}", response=OrchestrationOut, summary="Replace an orchestration")
def replace(request: ApiRequest, orchestration_id: str, data: OrchestrationUpdateIn) -> OrchestrationOut:
    pipeline = orchestration_update(
        actor=request.auth.actor, pipeline=orchestration(request, orchestration_id), name=data.name,
        description=data.description or "", definition=_definition(data),
    )  # fmt: skip
    return _out(pipeline)


@router.patch("/{orchestration_id}", response=OrchestrationOut, summary="Change parts of an orchestration")
def update(request: ApiRequest, orchestration_id: str, data: OrchestrationPatchIn) -> OrchestrationOut:
    pipeline = orchestration(request, orchestration_id)
    sent = data.dict(exclude_unset=True)
    name, description = sent.pop("name", None), sent.pop("description", pipeline.description)
    changes = {key: value or _EMPTY.get(key) for key, value in sent.items()}
    pipeline = orchestration_update(
        actor=request.auth.actor, pipeline=pipeline, name=pipeline.name if name is None else name,
        description=description or "", definition={**definition_of(pipeline), **changes} if changes else None,
    )  # fmt: skip
    return _out(pipeline)


@router.delete("/{orchestration_id}", response={204: None}, summary="Delete an orchestration")
def delete(request: ApiRequest, orchestration_id: str) -> Status[None]:
    pipeline_archive(actor=request.auth.actor, pipeline=orchestration(request, orchestration_id))
    return Status(204, None)


def orchestration(request: ApiRequest, orchestration_id: str) -> Pipeline:
    """Return an orchestration that the asker may see; raise OrchestrationNotFound."""
    key = from_public(ORCHESTRATION_PREFIX, orchestration_id)
    found = None if key is None else _orchestrations(request).filter(pk=key).first()
    if found is None:
        raise OrchestrationNotFound(f"There is no orchestration {orchestration_id!r} here.")
    return found


def orchestration_id_of(pipeline: Pipeline) -> str:
    return to_public(ORCHESTRATION_PREFIX, pipeline.pk)


_EMPTY: dict[str, JsonValue] = {"nodes": [], "edges": []}


def _orchestrations(request: ApiRequest) -> "QuerySet[Pipeline]":
    require(request.auth.actor, Permission.VIEW)
    return pipelines_for(request.auth.actor).filter(dialect=Dialect.NODES)


def _project(request: ApiRequest, project_id: str | None) -> Project:
    """Return the project that was named, among those that the asker may enter, or the request's own."""
    if project_id is None:
        return request.auth.project
    found = next((project for project in request.auth.projects if project.public_id == project_id), None)
    if found is None:
        raise NotFound(f"There is no project {project_id!r} here.")
    return found


def _definition(data: GraphIn | OrchestrationUpdateIn) -> JsonObject:
    return {
        "nodes": data.nodes, "edges": data.edges, "state_schema": data.state_schema, "input_schema": data.input_schema,
    }  # fmt: skip


def _out(pipeline: Pipeline) -> OrchestrationOut:
    definition: dict[str, Any] = definition_of(pipeline)
    return OrchestrationOut(
        id=orchestration_id_of(pipeline), project_id=pipeline.project.public_id, name=pipeline.name,
        description=pipeline.description or None, nodes=definition["nodes"], edges=definition["edges"],
        state_schema=definition["state_schema"], input_schema=definition["input_schema"],
        version=pipeline.latest.number if pipeline.latest else 0, created_at=pipeline.created_at,
        updated_at=pipeline.updated_at,
    )  # fmt: skip


def _findings(found: tuple[NodeFinding, ...]) -> list[FindingOut]:
    return [FindingOut(path=item.written_path, message=item.message) for item in found]
