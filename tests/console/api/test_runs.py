import pytest

from console.access import Role
from orchestration.graph import Node
from orchestration.models import Run
from tests.console.api.conftest import api_as
from tests.engine.conftest import chain, finish, note, start  # noqa: F401  # a fixture
from tests.factories import AgentRunFactory, ModelCallFactory, ProjectFactory


@pytest.fixture
def run(start) -> Run:  # noqa: F811  # the fixture
    """A run of three steps that has ended."""
    return finish(start(chain(note("first"), note("second"), note("third")), name="Ada"))


@pytest.fixture
def paused(start) -> Run:  # noqa: F811
    return finish(start(chain(Node(id="ask", kind="wait"), note("after"))))


def test_a_run_is_read_with_its_state_and_steps(api, run):
    found = api("GET", f"/api/runs/{run.public_id}").json()
    assert (found["status"], found["dialect"], found["input"]) == ("completed", "fields", {"name": "Ada"})
    assert [(step["step"], step["status"], step["attempt"]) for step in found["steps"]] == [
        ("first", "completed", 1),
        ("second", "completed", 1),
        ("third", "completed", 1),
    ]
    assert set(found["state"]["artifacts"]) == {"first", "second", "third"}


def test_it_says_what_its_calls_of_models_took(api, run):
    assert api("GET", f"/api/runs/{run.public_id}").json()["usage"] == {
        "input_tokens": 0, "output_tokens": 0, "cost": None,
    }  # fmt: skip
    ModelCallFactory.create_batch(2, organization=run.organization, run_id=run.pk)
    assert api("GET", f"/api/runs/{run.public_id}").json()["usage"] == {
        "input_tokens": 2_400, "output_tokens": 68, "cost": "0.010000",
    }  # fmt: skip


def test_it_is_found_by_the_run_of_an_agent_that_belongs_to_it(api, project, run):
    agent_run = AgentRunFactory(project=project, run_id=run.pk, node_id="second")
    found = api("GET", f"/api/runs/{agent_run.public_id}").json()
    assert found["id"] == run.public_id
    assert [step["agent_run_id"] for step in found["steps"]] == [None, agent_run.public_id, None]


def test_it_runs_again_from_a_step_on_what_came_before(api, run):
    answer = api("POST", f"/api/runs/{run.public_id}/rerun", {"from_step": "third"})
    made = Run.objects.get(rerun_of=run)
    assert (answer.status_code, answer.json()["id"]) == (201, made.public_id)
    assert (answer.json()["rerun_of"], answer.json()["rerun_from"]) == (run.public_id, "third")
    assert [step["step"] for step in answer.json()["steps"] if step["status"] == "completed"] == ["first", "second"]


def test_it_runs_again_whole_without_a_body(api, run):
    answer = api("POST", f"/api/runs/{run.public_id}/rerun")
    assert (answer.status_code, answer.json()["rerun_from"]) == (201, "")


def test_a_step_that_there_is_not_is_refused(api, run):
    answer = api("POST", f"/api/runs/{run.public_id}/rerun", {"from_step": "fourth"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_step")
    assert Run.objects.count() == 1


def test_a_paused_run_says_what_it_waits_for_and_is_answered(api, paused):
    (step,) = api("GET", f"/api/runs/{paused.public_id}").json()["steps"]
    assert (step["status"], bool(step["waiting_for"])) == ("waiting", True)
    answer = api("POST", f"/api/runs/{paused.public_id}/answer", {"step": "ask", "output": {"go": True}})
    assert answer.status_code == 200
    assert finish(paused).status == "completed"


def test_an_answer_that_nobody_waits_for_is_a_conflict(api, run):
    answer = api("POST", f"/api/runs/{run.public_id}/answer", {"step": "first", "output": {}})
    assert answer.status_code == 409


def test_a_run_is_stopped_once(api, paused):
    assert api("POST", f"/api/runs/{paused.public_id}/cancel").json()["status"] == "cancelled"
    answer = api("POST", f"/api/runs/{paused.public_id}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "run_finished")


def test_runs_are_listed_by_what_they_are(api, run, paused):
    def listed(query: str) -> list[str]:
        return [item["id"] for item in api("GET", f"/api/runs?{query}").json()["items"]]

    assert listed("") == [paused.public_id, run.public_id]
    assert listed("status=paused") == [paused.public_id]
    assert listed(f"pipeline_id={run.pipeline.public_id}") == [run.public_id]
    assert listed("dialect=nodes") == []


def test_a_list_costs_the_same_however_long(api, start, django_assert_max_num_queries):  # noqa: F811
    for _ in range(5):
        start(chain(note("only")))
    with django_assert_max_num_queries(6):
        assert len(api("GET", "/api/runs").json()["items"]) == 5


def test_a_viewer_reads_and_changes_nothing(project, run):
    viewer = api_as(project, Role.VIEWER)
    path = f"/api/runs/{run.public_id}"
    answer = {"step": "first", "output": {}}
    assert viewer("GET", path).status_code == 200
    said = [
        viewer("POST", f"{path}/{act}", body) for act, body in (("rerun", {}), ("cancel", None), ("answer", answer))
    ]
    assert {got.status_code for got in said} == {403}


def test_another_organizations_run_does_not_exist(run):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    path = f"/api/runs/{run.public_id}"
    assert stranger("GET", path).status_code == 404
    assert {stranger("POST", f"{path}/{act}").status_code for act in ("rerun", "cancel")} == {404}
    assert stranger("GET", "/api/runs").json()["items"] == []
    assert stranger("GET", f"/api/runs?pipeline_id={run.pipeline.public_id}").status_code == 404
