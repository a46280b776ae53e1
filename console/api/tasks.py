"""The tasks of a workflow: seeding them, from JSON or CSV, and reading them."""

from typing import Any, BinaryIO, cast

from django.http import HttpResponse
from ninja import Field, File, Router, Schema, Status, UploadedFile
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.shapes import AgentRunOut, agent_run_out
from console.api.workflows import workflow
from console.ids import to_public
from console.lists.paging import page
from console.tenancy import by_public_id
from evaluation.models import Dataset, SeededTask
from evaluation.queries import datasets_for, tasks_for
from evaluation.seeding.field_of import wiring_of
from evaluation.seeding.template import template
from evaluation.services.seeding import tasks_seed, upload_seed
from orchestration.services.runs import latest_version

router = Router(tags=["Tasks"])


class TasksIn(Schema):
    """1 to 5,000 tasks. An axis stands under its column's name: `{"user": "…", "expected_outcome": "refusal"}`."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"tasks": [{"user": "Summarize what environment you are running in."}]}}
    )

    tasks: list[JsonValue]


class SeededOut(Schema):
    dataset_id: str
    created: int = Field(description="tasks that are created, at once up to 1,000 and then in the background")
    errors: list[dict[str, Any]] = Field(description="`{row, column, message}` of rows that were left out")
    status: str = Field(description="seeded, or seeding while the rest follows")


class TaskOut(Schema):
    id: str
    dataset_id: str
    row: int
    title: str
    seed: dict[str, Any] = Field(description="the row's axes and the agent field as they were frozen")
    run_id: str
    agent_run: AgentRunOut


def _seeded(dataset: Dataset) -> SeededOut:
    return SeededOut(
        dataset_id=dataset.public_id, created=dataset.good_rows, errors=dataset.left_out, status=dataset.status
    )


def _task_out(task: SeededTask) -> TaskOut:
    verdicts = list(task.agent_run.verdicts.all())
    return TaskOut(
        id=task.public_id, dataset_id=to_public("data", task.dataset_id), row=task.row, title=task.title,
        seed=task.seed, run_id=to_public("run", task.run_id),
        agent_run=agent_run_out(task.agent_run, verdicts[-1] if verdicts else None),
    )  # fmt: skip


@router.post("/{workflow_id}/tasks", response={201: SeededOut}, summary="Seed tasks sent as JSON, all or none")
def seed(request: ApiRequest, workflow_id: str, data: TasksIn | list[JsonValue]) -> Status[SeededOut]:
    tasks = data.tasks if isinstance(data, TasksIn) else data
    dataset = tasks_seed(actor=request.auth.actor, pipeline=workflow(request, workflow_id), tasks=tasks)
    return Status(201, _seeded(dataset))


@router.post("/{workflow_id}/tasks/csv", response={201: SeededOut}, summary="Seed tasks from a CSV file")
def seed_csv(
    request: ApiRequest,
    workflow_id: str,
    file: File[UploadedFile],
    *,
    leave_out_bad_rows: bool = False,
) -> Status[SeededOut]:
    """Rows become tasks all or none: with `leave_out_bad_rows` those with problems are left out instead."""
    pipeline = workflow(request, workflow_id)
    dataset = upload_seed(
        actor=request.auth.actor, pipeline=pipeline, file=cast("BinaryIO", file.file), name=file.name or "upload.csv",
        leave_out_bad_rows=leave_out_bad_rows,
    )  # fmt: skip
    return Status(201, _seeded(dataset))


@router.get("/{workflow_id}/tasks/template.csv", include_in_schema=True, summary="A CSV with the wired columns")
def csv_template(request: ApiRequest, workflow_id: str) -> HttpResponse:
    return template_response(template(wiring_of(latest_version(workflow(request, workflow_id)))))


@router.get("/{workflow_id}/tasks", response=ListOut[TaskOut], summary="List tasks, the newest first")
def index(
    request: ApiRequest, workflow_id: str, dataset_id: str = "", cursor: str | None = None, limit: int = 50
) -> ListOut[TaskOut]:
    rows = tasks_for(request.auth.actor, workflow(request, workflow_id))
    if dataset_id:
        rows = rows.filter(dataset=by_public_id(datasets_for(request.auth.actor), dataset_id))
    return list_out(page(rows, cursor=cursor, limit=limit), _task_out)


@router.get("/{workflow_id}/tasks/{task_id}", response=TaskOut, summary="Get a task with its run")
def detail(request: ApiRequest, workflow_id: str, task_id: str) -> TaskOut:
    require(request.auth.actor, Permission.VIEW)
    return _task_out(by_public_id(tasks_for(request.auth.actor, workflow(request, workflow_id)), task_id))


def template_response(text: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tasks.csv"'},
    )
