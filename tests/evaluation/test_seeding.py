"""Seeding through its services: what is created, what is refused, and what survives a worker."""

import io

import pytest
from django.db import transaction

from agents.errors import AgentNotPublished
from agents.models import AgentRun
from agents.services.agents import agent_archive
from console.errors import Conflict
from evaluation.errors import NothingToSeed, RowsInvalid, SeedingNotUnderWay
from evaluation.models import Dataset, SeededTask
from evaluation.seeding import job
from evaluation.seeding.problems import CsvRefused
from evaluation.services.seeding import (
    dataset_cancel,
    dataset_continue,
    dataset_pause,
    dataset_seed,
    tasks_seed,
    upload_check,
)
from orchestration.models import Run, RunEvent, StepRun
from tests.support.agents import published_agent, published_pipeline


@pytest.fixture
def pipeline(project, admin):
    return published_pipeline(admin, project, published_agent(admin), odyssey_seed_columns={"expected_outcome": True})


def csv(*rows: str, header: str = "user") -> io.BytesIO:
    return io.BytesIO("\n".join([header, *rows]).encode())


def seed(admin, pipeline, file: io.BytesIO, **options) -> Dataset:
    upload = upload_check(actor=admin, pipeline=pipeline, file=file, name="tasks.csv")
    return dataset_seed(actor=admin, dataset=upload.dataset, **options)


def test_each_row_becomes_a_task_with_its_run_and_agent_run(admin, pipeline):
    seed(admin, pipeline, csv('"Say hello."', '"Say goodbye."'))
    tasks = list(SeededTask.objects.order_by("row"))
    assert [(task.row, task.title) for task in tasks] == [(1, "Say hello."), (2, "Say goodbye.")]
    assert [task.agent_run.status for task in tasks] == ["queued", "queued"]
    assert Run.objects.count() == StepRun.objects.count() == RunEvent.objects.count() == 2
    assert tasks[0].run_id == tasks[0].agent_run.run_id


def test_a_task_keeps_its_field_as_it_was(admin, pipeline):
    seed(admin, pipeline, csv('"Say hello.",refusal', header="user,expected_outcome"))
    kept = SeededTask.objects.get().seed
    assert kept["axes"] == {"user_instruction": "Say hello.", "expected_outcome": "refusal"}
    assert kept["field"]["agentConfig"]["judge_model"] == "builtin/rules"
    assert kept["agent_version"].startswith("aver_")


def test_checking_a_file_creates_nothing(admin, pipeline):
    upload_check(actor=admin, pipeline=pipeline, file=csv('"Say hello."'), name="tasks.csv")
    assert SeededTask.objects.count() == Run.objects.count() == 0
    assert Dataset.objects.get().status == "checked"


def test_a_file_that_cannot_be_used_leaves_nothing_behind(admin, pipeline):
    with pytest.raises(CsvRefused):
        upload_check(actor=admin, pipeline=pipeline, file=csv("x", header="usr"), name="tasks.csv")
    assert Dataset.objects.count() == 0


def test_a_bad_row_keeps_all_from_being_created(admin, pipeline):
    file = csv('"Say hello.",maybe', '"Say goodbye.",', header="user,expected_outcome")
    with pytest.raises(RowsInvalid) as raised:
        seed(admin, pipeline, file)
    assert raised.value.details["errors"][0]["row"] == 1
    assert raised.value.details["errors"][0]["column"] == "expected_outcome"
    assert SeededTask.objects.count() == Run.objects.count() == 0


def test_bad_rows_can_be_left_out_on_purpose(admin, pipeline):
    file = csv('"Say hello.",maybe', '"Say goodbye.",', header="user,expected_outcome")
    dataset = seed(admin, pipeline, file, leave_out_bad_rows=True)
    assert [task.row for task in SeededTask.objects.all()] == [2]
    assert (dataset.status, dataset.created_rows, dataset.read_rows) == ("seeded", 1, 2)


def test_nothing_is_seeded_when_no_row_is_good(admin, pipeline):
    file = csv('"x",maybe', header="user,expected_outcome")
    with pytest.raises(NothingToSeed):
        seed(admin, pipeline, file, leave_out_bad_rows=True)


def test_a_checked_file_is_seeded_once(admin, pipeline):
    dataset = seed(admin, pipeline, csv('"Say hello."'))
    with pytest.raises(Conflict):
        dataset_seed(actor=admin, dataset=dataset)


def test_an_archived_agent_is_not_dispatched(admin, pipeline):
    agent = published_agent(admin, name="another")
    other = published_pipeline(admin, pipeline.project, agent, name="another")
    agent_archive(actor=admin, agent=agent)
    with pytest.raises(AgentNotPublished):
        tasks_seed(actor=admin, pipeline=other, tasks=[{"user": "x"}])


def test_json_tasks_are_all_or_none(admin, pipeline):
    with pytest.raises(RowsInvalid):
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "fine"}, {"user": " "}])
    assert SeededTask.objects.count() == 0
    tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "fine"}, {"user": "too"}])
    assert SeededTask.objects.count() == 2


@pytest.mark.parametrize("count", [0, 5_001])
def test_json_tasks_are_between_one_and_five_thousand(admin, pipeline, count):
    with pytest.raises(NothingToSeed):
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "x"}] * count)


def test_the_rest_of_a_large_file_follows_in_the_background(admin, pipeline, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 10)
    dataset = seed(admin, pipeline, csv(*[f"task {n}" for n in range(35)]))
    assert (dataset.status, SeededTask.objects.count()) == ("seeding", 10)
    job.seed(dataset.pk)
    dataset.refresh_from_db()
    assert (dataset.status, dataset.created_rows) == ("seeded", 35)
    assert sorted(SeededTask.objects.values_list("row", flat=True)) == list(range(1, 36))


def test_a_worker_that_dies_in_a_batch_loses_and_doubles_nothing(admin, pipeline, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 10)
    dataset = seed(admin, pipeline, csv(*[f"task {n}" for n in range(25)]))
    write = job.write

    def die_after_writing(*arguments):
        write(*arguments)
        raise SystemExit

    monkeypatch.setattr(job, "write", die_after_writing)
    with pytest.raises(SystemExit), transaction.atomic():
        job.seed(dataset.pk)
    monkeypatch.setattr(job, "write", write)
    assert SeededTask.objects.count() == 10
    job.seed(dataset.pk)
    assert sorted(SeededTask.objects.values_list("row", flat=True)) == list(range(1, 26))
    assert AgentRun.objects.count() == Run.objects.count() == 25


def test_a_paused_seeding_waits_and_goes_on(admin, pipeline, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 10)
    dataset = seed(admin, pipeline, csv(*[f"task {n}" for n in range(25)]))
    dataset_pause(actor=admin, dataset=dataset)
    job.seed(dataset.pk)
    assert SeededTask.objects.count() == 10
    dataset_continue(actor=admin, dataset=dataset)
    job.seed(dataset.pk)
    assert SeededTask.objects.count() == 25


def test_a_cancelled_seeding_keeps_what_was_made(admin, pipeline, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 10)
    dataset = seed(admin, pipeline, csv(*[f"task {n}" for n in range(25)]))
    dataset_cancel(actor=admin, dataset=dataset)
    job.seed(dataset.pk)
    assert SeededTask.objects.count() == 10
    with pytest.raises(SeedingNotUnderWay):
        dataset_continue(actor=admin, dataset=dataset)
