from datetime import datetime
from typing import Any

from ninja import Router, Schema

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.tenancy import by_public_id
from evaluation.models import Dataset
from evaluation.queries import RunCounts, datasets_for, run_counts

router = Router(tags=["Datasets"])


class CountsOut(Schema):
    """How the runs of a dataset stand."""

    total: int
    ended: int
    passed: int
    failed: int
    ungraded: int
    broken: int


class DatasetOut(Schema):
    id: str
    name: str
    workflow_id: str
    status: str
    total_rows: int
    created_rows: int
    errors: list[dict[str, Any]]
    counts: CountsOut
    created_at: datetime


@router.get("/{dataset_id}", response=DatasetOut, summary="Get a dataset, how far it is seeded and how its runs stand")
def detail(request: ApiRequest, dataset_id: str) -> DatasetOut:
    require(request.auth.actor, Permission.VIEW)
    dataset = by_public_id(datasets_for(request.auth.actor), dataset_id)
    return _out(dataset, run_counts(dataset))


def _out(dataset: Dataset, counts: RunCounts) -> DatasetOut:
    return DatasetOut(
        id=dataset.public_id, name=dataset.name, workflow_id=dataset.pipeline.public_id, status=dataset.status,
        total_rows=dataset.total_rows, created_rows=dataset.created_rows, errors=dataset.left_out,
        counts=CountsOut(**counts._asdict()), created_at=dataset.created_at,
    )  # fmt: skip
