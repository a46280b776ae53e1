"""Workflows: pipelines of fields, one of which an agent fills in."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.lists.paging import page
from console.tenancy import by_public_id
from orchestration.models import Dialect, Pipeline, PipelineVersion
from orchestration.queries import pipeline_versions_for, pipelines_for
from orchestration.services.pipelines import pipeline_archive, pipeline_create, pipeline_publish, pipeline_update

router = Router(tags=["Workflows"])

_EXAMPLE: dict[str, JsonValue] = {
    "name": "Say hello",
    "fields": [
        {
            "key": "answer",
            "title": "Answer",
            "mode": "agent",
            "agentConfig": {
                "agent_id": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0A",
                "judge_model": "builtin/rules",
                "rubric": "Says which Python it runs on",
                "criteria": [{"type": "contains", "value": "Hello"}],
                "odyssey_seed_columns": {"expected_outcome": True},
            },
        }
    ],
}


class WorkflowIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: str
    description: str = ""
    fields: list[JsonValue] = Field(description="`{key, title, mode: agent | column | static, …}`, in order")


class WorkflowOut(Schema):
    id: str
    name: str
    description: str
    status: str = Field(description="draft, published, or changed: published, with a draft that differs")
    version: int | None = Field(description="the latest published version, which new tasks take")
    fields: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


class WorkflowVersionOut(Schema):
    id: str
    version: int
    fields: list[dict[str, Any]]
    published_by: str
    created_at: datetime


def _out(pipeline: Pipeline) -> WorkflowOut:
    return WorkflowOut(
        id=pipeline.public_id, name=pipeline.name, description=pipeline.description, status=pipeline.status,
        version=pipeline.latest.number if pipeline.latest else None, fields=pipeline.draft.get("fields", []),
        created_at=pipeline.created_at, updated_at=pipeline.updated_at,
    )  # fmt: skip


def _version_out(version: PipelineVersion) -> WorkflowVersionOut:
    return WorkflowVersionOut(
        id=version.public_id, version=version.number, fields=version.definition.get("fields", []),
        published_by=version.published_by, created_at=version.created_at,
    )  # fmt: skip


@router.post("", response={201: WorkflowOut}, summary="Create a workflow as a draft")
def create(request: ApiRequest, data: WorkflowIn) -> Status[WorkflowOut]:
    pipeline = pipeline_create(
        actor=request.auth.actor, project=request.auth.project, name=data.name, description=data.description,
        dialect_name=Dialect.FIELDS, definition={"fields": data.fields},
    )  # fmt: skip
    return Status(201, _out(pipeline))


@router.get("", response=ListOut[WorkflowOut], summary="List workflows, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[WorkflowOut]:
    return list_out(page(_workflows(request), cursor=cursor, limit=limit), _out)


@router.get("/{workflow_id}", response=WorkflowOut, summary="Get a workflow with its draft")
def detail(request: ApiRequest, workflow_id: str) -> WorkflowOut:
    return _out(workflow(request, workflow_id))


@router.put("/{workflow_id}", response=WorkflowOut, summary="Replace a workflow's draft")
def update(request: ApiRequest, workflow_id: str, data: WorkflowIn) -> WorkflowOut:
    pipeline = pipeline_update(
        actor=request.auth.actor, pipeline=workflow(request, workflow_id), name=data.name,
        description=data.description, definition={"fields": data.fields},
    )  # fmt: skip
    return _out(pipeline)


@router.delete("/{workflow_id}", response={204: None}, summary="Archive a workflow")
def delete(request: ApiRequest, workflow_id: str) -> Status[None]:
    pipeline_archive(actor=request.auth.actor, pipeline=workflow(request, workflow_id))
    return Status(204, None)


@router.post("/{workflow_id}/publish", response=WorkflowVersionOut, summary="Publish the draft as a new version")
def publish(request: ApiRequest, workflow_id: str) -> WorkflowVersionOut:
    """A draft that says the same as the latest version makes no other: that one is the answer."""
    return _version_out(pipeline_publish(actor=request.auth.actor, pipeline=workflow(request, workflow_id)))


@router.get("/{workflow_id}/versions", response=ListOut[WorkflowVersionOut], summary="List versions, the newest first")
def versions(
    request: ApiRequest, workflow_id: str, cursor: str | None = None, limit: int = 50
) -> ListOut[WorkflowVersionOut]:
    rows = pipeline_versions_for(request.auth.actor, workflow(request, workflow_id)).defer("graph")
    return list_out(page(rows, cursor=cursor, limit=limit), _version_out)


def workflow(request: ApiRequest, workflow_id: str) -> Pipeline:
    """Return a workflow that the asker may see."""
    return by_public_id(_workflows(request), workflow_id)


def _workflows(request: ApiRequest) -> "QuerySet[Pipeline]":
    require(request.auth.actor, Permission.VIEW)
    return pipelines_for(request.auth.actor).filter(dialect=Dialect.FIELDS)
