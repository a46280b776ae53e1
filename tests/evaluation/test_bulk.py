"""Many runs at once: which of them a verb fits, and what survives a worker."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import AgentRun, AgentRunStatus
from console.access import Actor, Role
from console.errors import NotAllowed, NotFound
from evaluation.models import BulkAct, BulkVerb, SeededTask
from evaluation.services import bulk
from evaluation.services.bulk import MOST_AT_ONCE, carry_on, resume_stalled, runs_act
from evaluation.services.seeding import dataset_seed, upload_check
from orchestration.models import Run
from tests.factories import AgentRunFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline


@pytest.fixture
def woken(monkeypatch):
    """The bulk acts that a worker was told of."""
    told: list[object] = []
    monkeypatch.setattr(bulk, "wake", told.append)
    return told


@pytest.fixture
def seeded(project, admin):
    """Make runs as seeding makes them; return a query of them."""
    pipeline = published_pipeline(admin, project, published_agent(admin))

    def make(rows: int):
        file = io.BytesIO(b"user\n" + b"Say hello.\n" * rows)
        dataset_seed(actor=admin, dataset=upload_check(actor=admin, pipeline=pipeline, file=file, name="a.csv").dataset)
        return AgentRun.objects.all()

    return make


def end(runs, *keys) -> None:
    chosen = runs.filter(pk__in=keys) if keys else runs
    chosen.update(status=AgentRunStatus.COMPLETED, final_response="Hello")


def test_cancelling_fits_what_has_not_ended(admin, project, seeded):
    runs = seeded(3)
    end(runs, runs.first().pk)
    result = runs_act(actor=admin, project=project, verb=BulkVerb.CANCEL, agent_runs=runs)
    assert (result.asked, result.done) == (3, 2)
    assert Run.objects.filter(status="cancelled").count() == 2


def test_rerunning_fits_what_has_ended_and_moves_its_task_on(admin, project, seeded):
    runs = seeded(2)
    first = runs.order_by("pk").first()
    end(runs, first.pk)
    result = runs_act(actor=admin, project=project, verb=BulkVerb.RERUN, agent_runs=runs)
    assert (result.asked, result.done, AgentRun.objects.count()) == (2, 1, 3)
    assert SeededTask.objects.get(pk=first.task_id).agent_run_id != first.pk


def test_grading_again_fits_what_has_a_result(admin, project, seeded):
    runs = seeded(2)
    end(runs, runs.first().pk)
    result = runs_act(actor=admin, project=project, verb=BulkVerb.REGRADE, agent_runs=runs)
    assert (result.asked, result.done, AgentRun.objects.exclude(regrade_by="").count()) == (2, 1, 1)


def test_runs_of_another_project_are_left_alone(admin, project):
    elsewhere = AgentRunFactory(project=ProjectFactory(organization=project.organization))
    result = runs_act(actor=admin, project=project, verb=BulkVerb.RERUN, agent_runs=AgentRun.objects.all())
    assert (result.asked, AgentRun.objects.get()) == (0, elsewhere)


def test_many_are_dealt_with_in_the_background_and_each_once(
    admin, project, seeded, woken, django_capture_on_commit_callbacks
):
    runs = seeded(MOST_AT_ONCE + 5)
    end(runs)
    with django_capture_on_commit_callbacks(execute=True):
        result = runs_act(actor=admin, project=project, verb=BulkVerb.RERUN, agent_runs=runs)
    act = BulkAct.objects.get()
    assert (result.asked, result.done, woken) == (MOST_AT_ONCE + 5, None, [act.pk])
    for _ in range(4):  # twice as often as there are batches
        carry_on(act.pk)
    act.refresh_from_db()
    assert (act.done, act.position, act.finished_at is None) == (MOST_AT_ONCE + 5, MOST_AT_ONCE + 5, False)
    assert AgentRun.objects.count() == 2 * (MOST_AT_ONCE + 5)


def test_an_act_whose_worker_was_lost_is_taken_up_again(project, woken):
    act = BulkAct.objects.create(
        organization=project.organization, project=project, verb=BulkVerb.CANCEL, agent_run_ids=[]
    )
    BulkAct.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    resume_stalled(older_than_seconds=15)
    carry_on(act.pk)
    resume_stalled(older_than_seconds=0)
    assert woken == [act.pk]


def test_a_viewer_may_not(project):
    viewer = Actor(organization_id=project.organization_id, roles={None: Role.VIEWER})
    with pytest.raises(NotAllowed):
        runs_act(actor=viewer, project=project, verb=BulkVerb.RERUN, agent_runs=AgentRun.objects.all())


def test_a_project_of_another_organization_does_not_exist(admin):
    with pytest.raises(NotFound):
        runs_act(actor=admin, project=ProjectFactory(), verb=BulkVerb.RERUN, agent_runs=AgentRun.objects.all())
