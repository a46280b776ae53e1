import json

import pytest
from django.utils import timezone

from agents.llm.catalogue import RULES
from agents.models import AgentRun
from agents.services.models import defaults_set
from console.access import Role
from evaluation.models import BulkAct
from evaluation.services import bulk
from evaluation.services.bulk import MOST_AT_ONCE
from evaluation.services.seeding import tasks_seed
from orchestration.models import Run
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.answers import prose

HTMX = {"HX-Request": "true"}


def toast(answer) -> dict[str, str]:
    return json.loads(answer["HX-Trigger"])["toast"]


@pytest.fixture
def seeded(project, admin):
    """Seed tasks; return their runs, the oldest first. Those that are to have ended are `ended` of them."""
    defaults_set(actor=admin, judge=RULES, simulator=RULES)
    pipeline = published_pipeline(admin, project, published_agent(admin))

    def seed(tasks: int, ended: int = 0) -> list[AgentRun]:
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": f"Say {number}."} for number in range(tasks)])
        runs = list(AgentRun.objects.order_by("pk"))
        keys = [run.pk for run in runs[:ended]]
        AgentRun.objects.filter(pk__in=keys).update(status="completed", final_response="Hi")
        return runs

    return seed


def test_the_ticked_runs_are_cancelled_and_the_page_says_how_many(client, seeded):
    runs = seeded(3)
    ticked = [run.public_id for run in runs[:2]]
    answer = client.post("/runs/act", {"verb": "cancel", "run": ticked, "query": "status=queued"}, follow=True)
    assert answer.redirect_chain == [("/runs?status=queued", 303)]
    assert "2 runs cancelled" in prose(answer)
    assert Run.objects.filter(status="cancelled").count() == 2


def test_those_that_the_verb_does_not_fit_stay_and_are_counted(client, seeded):
    runs = seeded(3, ended=1)
    answer = client.post("/runs/act", {"verb": "rerun", "run": [run.public_id for run in runs]}, headers=HTMX)
    assert toast(answer) == {"text": "1 of 3 runs run again. The others did not fit", "tone": "passed"}
    assert AgentRun.objects.count() == 4
    assert 'id="explorer"' in prose(answer)


def test_where_it_fits_none_the_answer_is_no_success(client, seeded):
    (run,) = seeded(1)
    answer = client.post("/runs/act", {"verb": "regrade", "run": run.public_id}, headers=HTMX)
    assert toast(answer)["tone"] == "waiting"


def test_ended_runs_are_graded_again(client, seeded):
    (run,) = seeded(1, ended=1)
    client.post("/runs/act", {"verb": "regrade", "run": run.public_id})
    run.refresh_from_db()
    assert run.regrade_by != ""


def test_everything_is_what_the_filters_match(client, seeded):
    seeded(4, ended=1)
    answer = client.post("/runs/act", {"verb": "cancel", "everything": "1", "query": "status=queued"}, headers=HTMX)
    assert toast(answer)["text"] == "3 runs cancelled"


def test_many_are_dealt_with_in_the_background(client, seeded):
    seeded(MOST_AT_ONCE + 1)
    answer = client.post("/runs/act", {"verb": "cancel", "everything": "1", "query": ""}, headers=HTMX)
    assert toast(answer)["text"] == f"{MOST_AT_ONCE + 1} runs are being cancelled, in the background"
    assert len(BulkAct.objects.get().agent_run_ids) == MOST_AT_ONCE + 1


def test_the_page_says_how_far_it_has_come_until_it_is_done(client, seeded):
    seeded(2 * MOST_AT_ONCE + 1)
    answer = client.post("/runs/act", {"verb": "cancel", "everything": "1", "query": ""}, headers=HTMX)
    act = BulkAct.objects.get()
    assert f"0 of {2 * MOST_AT_ONCE + 1} runs" in prose(answer)
    bulk.carry_on(act.pk)
    part = prose(client.get("/runs/acts"))
    assert f'value="{MOST_AT_ONCE}" max="{2 * MOST_AT_ONCE + 1}"' in part
    assert "hx-trigger" in part
    BulkAct.objects.update(finished_at=timezone.now())
    assert "hx-trigger" not in prose(client.get("/runs/acts"))


def test_acts_of_others_are_not_shown(project, seeded, client):
    seeded(MOST_AT_ONCE + 1)
    client.post("/runs/act", {"verb": "cancel", "everything": "1", "query": ""})
    assert "Cancelling" in prose(client_as(project, Role.VIEWER).get("/runs/acts"))
    assert "Cancelling" not in prose(client_as(ProjectFactory()).get("/runs/acts"))


def test_a_verb_that_there_is_not_is_refused(client):
    assert client.post("/runs/act", {"verb": "delete"}).status_code == 422


def test_runs_of_others_are_not_touched(client, project):
    next_door = AgentRunFactory(project=ProjectFactory(organization=project.organization))
    elsewhere = AgentRunFactory()
    ticked = [next_door.public_id, elsewhere.public_id, "arun_nonsense"]
    answer = client.post("/runs/act", {"verb": "rerun", "run": ticked}, headers=HTMX)
    assert toast(answer)["tone"] == "waiting"
    assert AgentRun.objects.count() == 2


def test_a_viewer_may_not(project):
    assert client_as(project, Role.VIEWER).post("/runs/act", {"verb": "rerun"}).status_code == 403


def test_wrong_methods_are_refused(client):
    assert (client.get("/runs/act").status_code, client.post("/runs/acts").status_code) == (405, 405)
