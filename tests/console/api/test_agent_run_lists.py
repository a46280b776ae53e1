import csv
import io
import json

import pytest

from agents.llm.catalogue import RULES
from agents.models import AgentRun
from agents.services.models import defaults_set
from console.access import Role
from evaluation.models import BulkAct
from evaluation.services.bulk import MOST_AT_ONCE
from evaluation.services.seeding import tasks_seed
from orchestration.models import Run
from tests.console.api.conftest import api_as
from tests.console.tenancy.conftest import body_of
from tests.factories import AgentRunFactory, AgentVersionFactory, PipelineFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline


@pytest.fixture
def runs(project) -> dict[str, AgentRun]:
    """Three runs of two agents: a pass, a fail, and one that broke."""
    version = AgentVersionFactory(agent__organization=project.organization)
    of_one = {"project": project, "agent": version.agent, "version": version}
    shared = {"project": project, "pipeline_id": PipelineFactory(project=project).pk}
    return {
        "passed": AgentRunFactory(**shared | of_one, title="Refund a book", verdict="PASS"),
        "failed": AgentRunFactory(**shared | of_one, title="Refund a ship", verdict="FAIL"),
        "broken": AgentRunFactory(
            **shared, title="Boot", status="failed", cause="environment", error_code="image_not_ready"
        ),
    }


@pytest.fixture
def seeded(project, admin):
    """Seed tasks; return their runs, the oldest first."""
    defaults_set(actor=admin, judge=RULES, simulator=RULES)
    pipeline = published_pipeline(admin, project, published_agent(admin))

    def seed(tasks: int) -> list[AgentRun]:
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": f"Say {number}."} for number in range(tasks)])
        return list(AgentRun.objects.order_by("pk"))

    return seed


def found(api, runs, query: str) -> set[str]:
    ids = {item["id"] for item in api("GET", f"/api/agent-runs?{query}").json()["items"]}
    return {name for name, run in runs.items() if run.public_id in ids}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"passed", "failed", "broken"}),
        ("verdict=PASS", {"passed"}),
        ("verdict=PASS&verdict=none", {"passed", "broken"}),
        ("status=failed", {"broken"}),
        ("cause=environment&error_code=image_not_ready", {"broken"}),
        ("outcome=failed", {"failed", "broken"}),
        ("q=refund%20ship", {"failed"}),
        ("since=2020-01-01T00:00:00", {"passed", "failed", "broken"}),
        ("until=0001-01-01T00:00:00Z", set()),
    ],
)
def test_a_list_holds_what_fits_all_of_the_filters(api, runs, query, names):
    assert found(api, runs, query) == names


def test_things_are_named_by_their_ids(api, runs):
    run = runs["passed"]
    assert found(api, runs, f"agent_id={run.agent.public_id}") == {"passed", "failed"}
    assert found(api, runs, f"agent_version_id={runs['broken'].version.public_id}") == {"broken"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=asleep", 422), ("verdict=maybe", 422), ("since=noon", 422), ("error_code=a'b", 422),
        ("agent_id=agt_01K9X4Z7QD8M3V5T2B6N8C1F0A", 404), ("dataset_id=nonsense", 404),
    ],
)  # fmt: skip
def test_a_filter_that_can_not_be_is_refused(api, query, status):
    assert api("GET", f"/api/agent-runs?{query}").status_code == status


@pytest.mark.parametrize("path", ["", "/counts", "/export", "/pass-rate"])
def test_a_mistyped_filter_is_refused_before_it_lets_everything_by(api, runs, path):
    answer = api("GET", f"/api/agent-runs{path}?verdikt=FAIL")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "The query: There is no parameter 'verdikt' here.",
    )


def test_what_is_wrong_with_a_filter_is_told_by_its_name(api):
    problem = api("GET", "/api/agent-runs?status=asleep").json()["error"]["details"]["problems"][0]
    assert problem["field"] == "status.0"


def test_a_list_is_of_the_project_that_is_meant(api, project, runs):
    other = ProjectFactory(organization=project.organization)
    elsewhere = AgentRunFactory(project=other)
    answer = api("GET", "/api/agent-runs", **{"X-Callboard-Project": other.public_id})
    assert [item["id"] for item in answer.json()["items"]] == [elsewhere.public_id]
    assert len(api("GET", "/api/agent-runs").json()["items"]) == 3


def test_a_list_costs_the_same_however_long(api, project, django_assert_max_num_queries):
    AgentRunFactory.create_batch(20, project=project)
    with django_assert_max_num_queries(7):
        assert len(api("GET", "/api/agent-runs").json()["items"]) == 20


def test_runs_are_counted_by_what_they_are(api, runs):
    counts = api("GET", "/api/agent-runs/counts").json()
    assert (counts["total"], counts["is_capped"]) == (3, False)
    assert counts["verdict"] == {"PASS": 1, "FAIL": 1, "none": 1}
    assert (counts["status"], counts["cause"]) == ({"completed": 2, "failed": 1}, {"environment": 1})
    assert counts["agent"][runs["passed"].agent.public_id] == 2
    assert api("GET", "/api/agent-runs/counts?verdict=PASS").json()["total"] == 1


def test_what_fits_comes_as_csv_and_as_jsonl(api, runs):
    answer = api("GET", "/api/agent-runs/export?outcome=failed")
    rows = list(csv.DictReader(io.StringIO(body_of(answer), newline="")))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["title"] for row in rows] == ["Boot", "Refund a ship"]
    lines = body_of(api("GET", "/api/agent-runs/export?format=jsonl&verdict=PASS")).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [runs["passed"].public_id]


def test_an_export_in_another_form_is_refused(api):
    assert api("GET", "/api/agent-runs/export?format=xlsx").status_code == 422


def test_named_runs_are_cancelled_and_those_it_does_not_fit_stay(api, seeded):
    first, second, _ = seeded(3)
    AgentRun.objects.filter(pk=first.pk).update(status="completed", final_response="Hi")
    answer = api("POST", "/api/agent-runs/bulk", {"verb": "cancel", "ids": [first.public_id, second.public_id]})
    assert (answer.status_code, answer.json()) == (200, {"asked": 2, "done": 1})
    assert Run.objects.filter(status="cancelled").count() == 1


def test_all_that_fit_are_run_again(api, seeded):
    seeded(2)
    AgentRun.objects.update(status="completed", final_response="Hi")
    answer = api("POST", "/api/agent-runs/bulk", {"verb": "rerun", "filters": {"status": ["completed"]}})
    assert answer.json() == {"asked": 2, "done": 2}
    assert AgentRun.objects.filter(status="queued").count() == 2


def test_ended_runs_are_graded_again(api, seeded):
    (run,) = seeded(1)
    AgentRun.objects.update(status="completed", final_response="Hi")
    api("POST", "/api/agent-runs/bulk", {"verb": "regrade", "ids": [run.public_id]})
    run.refresh_from_db()
    assert run.regrade_by != ""


def test_many_are_dealt_with_in_the_background(api, seeded):
    seeded(MOST_AT_ONCE + 1)
    answer = api("POST", "/api/agent-runs/bulk", {"verb": "cancel", "filters": {}})
    assert (answer.status_code, answer.json()) == (202, {"asked": MOST_AT_ONCE + 1, "done": None})
    (act,) = api("GET", "/api/agent-runs/bulk").json()
    assert (act["id"], act["total"], act["position"]) == (BulkAct.objects.get().public_id, MOST_AT_ONCE + 1, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "cancel"},
        {"verb": "cancel", "ids": [], "filters": {}},
        {"verb": "delete", "filters": {}},
        {"verb": "cancel", "filters": {"q": "\ud800"}},
        {"verb": "cancel", "filters": {"cursor": "x"}},
    ],
)
def test_an_act_that_is_not_clear_is_refused(api, body):
    assert api("POST", "/api/agent-runs/bulk", body).status_code == 422


def test_a_viewer_reads_and_acts_on_nothing(project, runs):
    viewer = api_as(project, Role.VIEWER)
    assert viewer("POST", "/api/agent-runs/bulk", {"verb": "rerun", "filters": {}}).status_code == 403
    assert {viewer("GET", f"/api/agent-runs{path}").status_code for path in ("", "/counts", "/export", "/bulk")} == {
        200
    }


def test_another_organizations_runs_do_not_exist(runs):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    run = runs["passed"]
    answer = stranger("POST", "/api/agent-runs/bulk", {"verb": "rerun", "ids": [run.public_id]})
    assert (answer.status_code, AgentRun.objects.count()) == (404, 3)
    assert stranger("GET", f"/api/agent-runs/counts?agent_id={run.agent.public_id}").status_code == 404
    assert stranger("GET", f"/api/agent-runs/{run.public_id}/log").status_code == 404
    assert stranger("GET", "/api/agent-runs/counts").json()["total"] == 0
