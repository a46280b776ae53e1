import json
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from pydantic import JsonValue

from agents.errors import AgentNotPublished
from agents.models import Agent
from console import audit
from console.access import Actor, Permission, require
from console.errors import Conflict, Invalid, NotFound
from console.ids import from_public, new_id
from evaluation.errors import NothingToSeed, RowsInvalid, SeedingNotUnderWay
from evaluation.models import Dataset, DatasetStatus
from evaluation.seeding import job
from evaluation.seeding.check import Report, check
from evaluation.seeding.field_of import config_of, wiring_of
from evaluation.seeding.reader import Limits
from evaluation.seeding.rows import Rows
from evaluation.seeding.tasks import freeze_task
from orchestration.errors import PipelineNotPublished
from orchestration.models import Pipeline, PipelineVersion, Trigger

MOST_TASKS = 5_000


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """A file that was read to its end and kept, and what it holds. Nothing is created from it yet."""

    dataset: Dataset
    report: Report


def upload_check(*, actor: Actor, pipeline: Pipeline, file: BinaryIO, name: str) -> CheckedUpload:
    """Keep a CSV file and look it through; raise CsvRefused, keeping nothing, where it can't be used as a whole."""
    require(actor, Permission.RUN, project_id=pipeline.project_id)
    version = _published(pipeline)
    limits = Limits(file_bytes=settings.CALLBOARD_UPLOAD_BYTES)
    report = check(file, wiring_of(version), limits=limits)
    file.seek(0)
    dataset = _dataset(actor, version, name=name, trigger=Trigger.CSV, total=report.rows)
    dataset.file = default_storage.save(f"datasets/{dataset.public_id}.csv", File(file))
    dataset.file_bytes = default_storage.size(dataset.file)
    dataset.good_rows, dataset.problem_count = report.good_rows, report.error_count
    dataset.left_out = [problem.as_json() for problem in report.errors]
    dataset.save()
    return CheckedUpload(dataset, report)


def upload_seed(
    *, actor: Actor, pipeline: Pipeline, file: BinaryIO, name: str, leave_out_bad_rows: bool = False
) -> Dataset:
    """Check a CSV file and seed it in one go; where that is refused, nothing is kept of it. Raises as both do."""
    dataset = upload_check(actor=actor, pipeline=pipeline, file=file, name=name).dataset
    try:
        return dataset_seed(actor=actor, dataset=dataset, leave_out_bad_rows=leave_out_bad_rows)
    except Invalid:
        dataset.delete()
        default_storage.delete(dataset.file)
        raise


@transaction.atomic
def dataset_seed(*, actor: Actor, dataset: Dataset, leave_out_bad_rows: bool = False) -> Dataset:
    """Make tasks of a checked file's rows, the first thousand at once and the rest in the background.

    Raise RowsInvalid while rows have problems, unless told to leave those out, and NothingToSeed if none is left.
    """
    require(actor, Permission.RUN, project_id=dataset.project_id)
    locked = Dataset.objects.select_for_update().filter(pk=dataset.pk).first()
    if locked is None:
        raise NotFound("This file was not seeded within a day, so it is gone. Choose it again.")
    dataset = locked
    if dataset.status != DatasetStatus.CHECKED:
        raise Conflict("This file is being seeded already, or was.")
    bad_rows = dataset.total_rows - dataset.good_rows
    if bad_rows and not leave_out_bad_rows:
        raise RowsInvalid.of_rows(dataset.left_out)
    if not dataset.good_rows:
        raise NothingToSeed("No row of the file is free of problems.")
    _start(dataset)
    audit.record(
        actor=actor, action="dataset.seed", target=dataset,
        after={"pipeline": str(dataset.pipeline), "rows": dataset.total_rows, "left_out": bad_rows},
    )  # fmt: skip
    return dataset


@transaction.atomic
def tasks_seed(*, actor: Actor, pipeline: Pipeline, tasks: list[JsonValue], name: str = "API") -> Dataset:
    """Make tasks sent as JSON, all or none; raise RowsInvalid with what is wrong with each."""
    require(actor, Permission.RUN, project_id=pipeline.project_id)
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise NothingToSeed(f"Send 1 to {MOST_TASKS:,} tasks. These are {len(tasks):,}.")
    version = _published(pipeline)
    wiring = wiring_of(version)
    frozen = [freeze_task(number, task, wiring) for number, task in enumerate(tasks, start=1)]
    problems = [problem.as_json() for row in frozen for problem in row.problems]
    if problems:
        raise RowsInvalid.of_rows(problems)
    dataset = _dataset(actor, version, name=name, trigger=Trigger.API, total=len(tasks))
    lines = "".join(json.dumps(row.seed) + "\n" for row in frozen)
    dataset.file = default_storage.save(f"datasets/{dataset.public_id}.jsonl", ContentFile(lines.encode()))
    dataset.good_rows, dataset.file_bytes = len(tasks), len(lines.encode())
    dataset.save()
    _start(dataset)
    audit.record(
        actor=actor, action="dataset.seed", target=dataset, after={"pipeline": str(pipeline), "rows": len(tasks)}
    )
    return dataset


@transaction.atomic
def dataset_pause(*, actor: Actor, dataset: Dataset) -> None:
    """Hold the seeding after the batch under way."""
    _switch(actor, dataset, was=DatasetStatus.SEEDING, becomes=DatasetStatus.PAUSED)


@transaction.atomic
def dataset_continue(*, actor: Actor, dataset: Dataset) -> None:
    _switch(actor, dataset, was=DatasetStatus.PAUSED, becomes=DatasetStatus.SEEDING)
    transaction.on_commit(lambda: job.wake(dataset.pk))


@transaction.atomic
def dataset_cancel(*, actor: Actor, dataset: Dataset) -> None:
    """End the seeding. Tasks that were made stay, and so do their runs."""
    _switch(actor, dataset, was=DatasetStatus.SEEDING, or_was=DatasetStatus.PAUSED, becomes=DatasetStatus.CANCELLED)


def _published(pipeline: Pipeline) -> PipelineVersion:
    if pipeline.latest is None:
        raise PipelineNotPublished(f"{pipeline.name} is a draft. Publish it, then seed tasks into it.")
    return pipeline.latest


def _dataset(actor: Actor, version: PipelineVersion, *, name: str, trigger: Trigger, total: int) -> Dataset:
    agent = Agent.objects.select_related("latest").get(pk=from_public("agt", config_of(version).agent_id))
    if agent.latest is None or agent.archived_at is not None:
        raise AgentNotPublished(f"{agent.name} can't be dispatched: publish it, then seed.")
    return Dataset(
        id=new_id(), organization_id=actor.organization_id, project_id=version.pipeline.project_id,
        pipeline_id=version.pipeline_id, version=version, agent_version=agent.latest, name=name[:255],
        trigger=trigger, status=DatasetStatus.CHECKED, total_rows=total, created_by_id=actor.user_id,
        created_by=actor.label,
    )  # fmt: skip


def _start(dataset: Dataset) -> None:
    """Let the seeding begin: the first batch here, in the caller's transaction, the rest by the workers."""
    dataset.status = DatasetStatus.SEEDING
    dataset.save()
    with Rows() as rows:
        job.seed_batch(dataset, rows)
    if dataset.status == DatasetStatus.SEEDING:
        transaction.on_commit(lambda: job.wake(dataset.pk))


def _switch(
    actor: Actor,
    dataset: Dataset,
    *,
    was: DatasetStatus,
    becomes: DatasetStatus,
    or_was: DatasetStatus | None = None,
) -> None:
    require(actor, Permission.RUN, project_id=dataset.project_id)
    rows = Dataset.objects.filter(pk=dataset.pk, status__in=[was, or_was or was])
    if not rows.update(status=becomes):
        raise SeedingNotUnderWay("The seeding is not under way any more.")
    audit.record(actor=actor, action=f"dataset.{becomes}", target=dataset)
