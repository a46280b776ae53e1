"""Datasets: files whose rows become tasks, looked through first or seeded at once, held, continued and ended."""

from datetime import datetime
from typing import Any, BinaryIO, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.queries import QueryIn
from console.api.workflows import workflow
from console.exports import problems_file
from console.lists.paging import page
from console.tenancy import by_public_id
from evaluation.models import Dataset, DatasetStatus
from evaluation.queries import RunCounts, datasets_for, run_counts
from evaluation.services.seeding import dataset_cancel, dataset_continue, dataset_pause, dataset_seed, upload_check

router = Router(tags=["Datasets"])
uploads = Router(tags=["Datasets"])

_FILE: dict[str, Any] = {"responses": {200: {"description": "The file", "content": {"text/csv": {}}}}}


class CountsOfDatasetOut(Schema):
    """How the runs of a dataset stand."""

    total: int
    ended: int
    passed: int
    failed: int
    ungraded: int
    broken: int


class DatasetListedOut(Schema):
    id: str
    name: str
    workflow_id: str
    status: DatasetStatus = Field(description="checked: nothing was created from it yet; seeding, paused, seeded, …")
    total_rows: int
    good_rows: int = Field(description="rows without a problem, which become tasks")
    created_rows: int
    problem_count: int
    created_by: str
    created_at: datetime


_COUNTS: dict[str, JsonValue] = {"total": 2, "ended": 1, "passed": 1, "failed": 0, "ungraded": 0, "broken": 0}
_DATASET: dict[str, JsonValue] = {
    "id": "data_01K9X4Z7QD8M3V5T2B6N8C1F0A", "name": "tasks.csv", "workflow_id": "pipe_01K9X4Z7QD8M3V5T2B6N8C1F0B",
    "status": "seeded", "total_rows": 3, "good_rows": 2, "created_rows": 2, "problem_count": 1, "created_by": "Ada",
    "created_at": "2026-03-01T09:00:00Z", "errors": [{"row": 3, "column": "user", "message": "It is blank."}],
    "error": "", "counts": _COUNTS,
}  # fmt: skip


class DatasetOut(DatasetListedOut):
    model_config = ConfigDict(json_schema_extra={"example": _DATASET})

    errors: list[dict[str, Any]] = Field(description="`{row, column, message}` of the first thousand problems")
    error: str = Field(description="why the seeding ended early; blank where it did not")
    counts: CountsOfDatasetOut


class SeedIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"leave_out_bad_rows": True}})

    leave_out_bad_rows: bool = Field(default=False, description="seed the rows that have no problem")


class DatasetsIn(QueryIn):
    """Only datasets that fit all of what is given."""

    workflow_id: str | None = None
    status: DatasetStatus | None = None
    cursor: str | None = None
    limit: int = 50


@router.get("", response=ListOut[DatasetListedOut], summary="List datasets, the newest first")
def index(request: ApiRequest, filters: Query[DatasetsIn]) -> ListOut[DatasetListedOut]:
    rows = _rows(request).defer("left_out", "agent_version__spec", "agent_version__agent__draft", "pipeline__draft")
    if filters.workflow_id:
        rows = rows.filter(pipeline=workflow(request, filters.workflow_id))
    if filters.status:
        rows = rows.filter(status=filters.status)
    return list_out(page(rows, cursor=filters.cursor, limit=filters.limit), _listed)


@router.get("/{dataset_id}", response=DatasetOut, summary="Get a dataset, how far it is seeded and how its runs stand")
def detail(request: ApiRequest, dataset_id: str) -> DatasetOut:
    return _out(_dataset(request, dataset_id))


@router.get("/{dataset_id}/problems.csv", summary="Send all that is wrong with the rows", openapi_extra=_FILE)
def problems(request: ApiRequest, dataset_id: str) -> HttpResponse:
    return problems_file(_dataset(request, dataset_id))


@router.post("/{dataset_id}/seed", response=DatasetOut, summary="Make tasks of the rows of a checked file")
def seed(request: ApiRequest, dataset_id: str, data: SeedIn | None = None) -> DatasetOut:
    """The first thousand are there when the answer comes; `status` says seeding until the rest is."""
    leave_out = bool(data and data.leave_out_bad_rows)
    found = _dataset(request, dataset_id)
    return _out(dataset_seed(actor=request.auth.actor, dataset=found, leave_out_bad_rows=leave_out))


@router.post("/{dataset_id}/pause", response=DatasetOut, summary="Hold a seeding after the batch under way")
def pause(request: ApiRequest, dataset_id: str) -> DatasetOut:
    dataset_pause(actor=request.auth.actor, dataset=_dataset(request, dataset_id))
    return detail(request, dataset_id)


@router.post("/{dataset_id}/continue", response=DatasetOut, summary="Go on with a seeding that is held")
def go_on(request: ApiRequest, dataset_id: str) -> DatasetOut:
    dataset_continue(actor=request.auth.actor, dataset=_dataset(request, dataset_id))
    return detail(request, dataset_id)


@router.post("/{dataset_id}/cancel", response=DatasetOut, summary="End a seeding; the tasks that were made stay")
def cancel(request: ApiRequest, dataset_id: str) -> DatasetOut:
    dataset_cancel(actor=request.auth.actor, dataset=_dataset(request, dataset_id))
    return detail(request, dataset_id)


@uploads.post("/{workflow_id}/datasets", response={201: DatasetOut}, summary="Look a CSV file through, and keep it")
def check(request: ApiRequest, workflow_id: str, file: File[UploadedFile]) -> Status[DatasetOut]:
    """Nothing is created from it before it is seeded. A file that nobody seeds within a day is forgotten."""
    checked = upload_check(
        actor=request.auth.actor, pipeline=workflow(request, workflow_id), file=cast("BinaryIO", file.file),
        name=file.name or "upload.csv",
    )  # fmt: skip
    return Status(201, detail(request, checked.dataset.public_id))


def _rows(request: ApiRequest) -> "QuerySet[Dataset]":
    require(request.auth.actor, Permission.VIEW)
    return datasets_for(request.auth.actor)


def _dataset(request: ApiRequest, dataset_id: str) -> Dataset:
    return by_public_id(_rows(request), dataset_id)


def _facts(dataset: Dataset) -> dict[str, Any]:
    return {
        "id": dataset.public_id, "name": dataset.name, "workflow_id": dataset.pipeline.public_id,
        "status": dataset.status, "total_rows": dataset.total_rows, "good_rows": dataset.good_rows,
        "created_rows": dataset.created_rows, "problem_count": dataset.problem_count,
        "created_by": dataset.created_by, "created_at": dataset.created_at,
    }  # fmt: skip


def _listed(dataset: Dataset) -> DatasetListedOut:
    return DatasetListedOut(**_facts(dataset))


def _out(dataset: Dataset) -> DatasetOut:
    counts: RunCounts = run_counts(dataset)
    return DatasetOut(
        **_facts(dataset), errors=dataset.left_out, error=dataset.error, counts=CountsOfDatasetOut(**counts._asdict())
    )
