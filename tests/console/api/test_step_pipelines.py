import pytest

from console.access import Role
from orchestration.models import Run
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory
from tests.support.step_pipelines import in_order, step

GRAPH = in_order(
    step("size", "router", condition="lines > 400 ? 'large' : 'small'", routes={"large": "end"}),
    step("wait", "waitForEvent", event="ready"),
)
GRAPH["steps"].append({"id": "end", "kind": "terminal"})
GRAPH["edges"][1]["routeKey"] = "small"


@pytest.fixture(autouse=True)
def _no_views_of_earlier_tests():
    from orchestration import views  # noqa: PLC0415  # Django is not ready when this module is read

    views._views.clear()
    views.graph_of.cache_clear()


@pytest.fixture
def pipeline(api) -> str:
    """The path of a published step pipeline."""
    created = api("POST", "/api/step-pipelines", {"name": "size up", **GRAPH})
    assert created.status_code == 201, created.content
    path = f"/api/step-pipelines/{created.json()['id']}"
    assert api("POST", f"{path}/publish").json()["version"] == 1
    return path


def start(api, pipeline: str, **run_input) -> dict:
    answer = api("POST", f"{pipeline}/runs", {"input": run_input, "title": "by hand"})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_pipeline_is_created_read_changed_and_archived(api, pipeline):
    read = api("GET", pipeline).json()
    assert (read["status"], read["version"], read["steps"], read["edges"]) == (
        "published", 1, GRAPH["steps"], GRAPH["edges"]
    )  # fmt: skip
    changed = api("PUT", pipeline, {"name": "other", **in_order(step("a", "join"))}).json()
    assert (changed["name"], changed["status"], len(changed["steps"])) == ("other", "changed", 2)
    assert [item["id"] for item in api("GET", "/api/step-pipelines").json()["items"]] == [read["id"]]
    assert api("DELETE", pipeline).status_code == 204
    assert api("GET", pipeline).status_code == 404


def test_a_wrong_shape_is_refused_and_named_by_its_path(api):
    answer = api("POST", "/api/step-pipelines", {"name": "x", **in_order(step("a", timeout=-1))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "pipeline_invalid")
    assert [problem["field"] for problem in answer.json()["error"]["details"]["problems"]] == ["steps.1.config.timeout"]


def test_a_draft_may_be_incomplete_and_is_not_published(api):
    created = api("POST", "/api/step-pipelines", {"name": "x", **in_order(step("a"))})
    answer = api("POST", f"/api/step-pipelines/{created.json()['id']}/publish")
    assert (created.status_code, answer.status_code) == (201, 422)
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "steps.1.config.script"


@pytest.mark.parametrize(
    ("graph", "paths"),
    [
        (GRAPH, []),
        (in_order(step("a", script="eval {{x}}")), ["steps.1.config.script"]),
        (in_order(step("a", "router", condition="1 +")), ["steps.1.config.condition"]),
        (in_order(step("a", "subPipeline", templateId="pipe_no")), ["steps.1.config.templateId"]),
        (in_order(step("a", reducer="x")), ["steps.1.config.reducer"]),
        ({"steps": [], "edges": []}, ["steps"]),
        (in_order(step("a", script="\0")), ["steps.1.config.script"]),
    ],
)
def test_validating_tells_everything_and_stores_nothing(api, graph, paths):
    answer = api("POST", "/api/step-pipelines/validate", graph)
    assert answer.status_code == 200
    assert ([item["path"] for item in answer.json()["errors"]], answer.json()["valid"]) == (paths, not paths)
    assert api("GET", "/api/step-pipelines").json()["items"] == []


def test_a_circle_is_found(api):
    graph = in_order(step("a", "join"), step("b", "join"))
    graph["edges"].append({"source": "b", "target": "a"})
    answer = api("POST", "/api/step-pipelines/validate", graph).json()
    assert "circle" in answer["errors"][0]["message"]


def test_a_run_tells_its_state_and_every_step(api, pipeline):
    run = start(api, pipeline, lines=500)
    assert (run["status"], run["title"], run["version"], run["input"]) == ("completed", "by hand", 1, {"lines": 500})
    assert {one["step_id"]: one["status"] for one in run["steps"]} == {
        "start": "completed", "size": "completed", "wait": "skipped", "end": "completed"
    }  # fmt: skip
    assert next(one["route"] for one in run["steps"] if one["step_id"] == "size") == "large"
    assert (run["state"]["lines"], run["parentPipelineRunId"], run["depth"]) == (500, None, 0)
    assert api("GET", f"/api/step-runs/{run['id']}").json() == run


def test_runs_are_listed_from_the_newest_on(api, pipeline):
    ids = [start(api, pipeline, lines=lines)["id"] for lines in (1, 2)]
    listed = api("GET", f"{pipeline}/runs?limit=1").json()
    assert ([item["id"] for item in listed["items"]], listed["next_cursor"]) == ([ids[1]], ids[1])


def test_a_list_of_runs_costs_the_same_however_long(api, pipeline, django_assert_max_num_queries):
    for lines in range(12):
        start(api, pipeline, lines=lines)
    with django_assert_max_num_queries(9):
        assert len(api("GET", f"{pipeline}/runs").json()["items"]) == 12


def test_a_paused_run_says_what_it_waits_for_and_can_be_cancelled(api, pipeline):
    run = start(api, pipeline, lines=1)
    waiting = next(one for one in run["steps"] if one["step_id"] == "wait")
    assert (run["status"], waiting["waiting_for"]) == ("paused", {"type": "event", "name": "ready", "key": ""})
    assert api("POST", f"/api/step-runs/{run['id']}/cancel").json()["status"] == "cancelled"
    again = api("POST", f"/api/step-runs/{run['id']}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "run_finished")


def test_a_run_is_repeated_whole_or_from_a_step_on(api, pipeline):
    run = start(api, pipeline, lines=500)
    whole = api("POST", f"/api/step-runs/{run['id']}/rerun")
    later = api("POST", f"/api/step-runs/{run['id']}/rerun", {"from_step": "end"})
    assert (whole.status_code, later.status_code) == (201, 201)
    assert {one["step_id"] for one in later.json()["steps"]} == {"start", "size", "wait", "end"}
    assert Run.objects.filter(rerun_of__isnull=False).count() == 2
    unknown = api("POST", f"/api/step-runs/{run['id']}/rerun", {"from_step": "no such"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_step")


def test_a_repeat_may_take_the_newest_version(api, pipeline):
    run = start(api, pipeline, lines=500)
    api("PUT", pipeline, {"name": "size up", **in_order(step("a", "join"))})
    api("POST", f"{pipeline}/publish")
    again = api("POST", f"/api/step-runs/{run['id']}/rerun", {"newest": True}).json()
    assert (again["version"], [one["step_id"] for one in again["steps"]]) == (2, ["start", "a"])


def test_a_draft_takes_no_runs(api):
    created = api("POST", "/api/step-pipelines", {"name": "x", **GRAPH})
    answer = api("POST", f"/api/step-pipelines/{created.json()['id']}/runs", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "pipeline_not_published")


def test_an_input_that_can_t_be_stored_is_refused(api, pipeline):
    answer = api("POST", f"{pipeline}/runs", {"input": {"a": "\0"}})
    assert answer.status_code == 422


def test_a_viewer_reads_and_changes_nothing(project, api, pipeline):
    run = start(api, pipeline, lines=1)
    viewer = api_as(project, Role.VIEWER)
    assert {
        viewer("GET", path).status_code for path in (pipeline, f"{pipeline}/runs", f"/api/step-runs/{run['id']}")
    } == {200}
    assert viewer("POST", f"{pipeline}/runs", {}).status_code == 403
    assert viewer("POST", f"/api/step-runs/{run['id']}/cancel").status_code == 403


def test_another_organizations_pipelines_and_runs_are_not_there(api, pipeline):
    run = start(api, pipeline, lines=1)
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", pipeline).status_code == 404
    assert stranger("GET", f"/api/step-runs/{run['id']}").status_code == 404
    assert stranger("POST", f"/api/step-runs/{run['id']}/rerun").status_code == 404


def event(api, **fields):
    return api("POST", "/api/events", {"name": "ready", **fields})


def test_an_event_wakes_the_run_that_waits_for_it_exactly_once(api, pipeline):
    run = start(api, pipeline, lines=1)
    told = event(api, payload={"by": "us"}, idempotency_key="k")
    assert (told.status_code, told.json()["delivered"], told.json()["kept"]) == (202, 1, False)
    again = event(api, payload={"by": "them"}, idempotency_key="k").json()
    assert (again["repeated"], again["id"]) == (True, told.json()["id"])
    after = api("GET", f"/api/step-runs/{run['id']}").json()
    assert (after["status"], after["state"]["artifacts"]["wait"]) == ("completed", {"by": "us"})


def test_an_event_that_nobody_waits_for_is_kept(api):
    told = event(api, key="pr-1", payload=[1])
    assert (told.status_code, told.json()["delivered"], told.json()["kept"]) == (202, 0, True)


def test_an_event_of_another_project_wakes_nobody(api, pipeline):
    run = start(api, pipeline, lines=1)
    event(api_as(ProjectFactory(), Role.ORG_ADMIN))
    assert api("GET", f"/api/step-runs/{run['id']}").json()["status"] == "paused"


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 300}, {"key": "\0"}, {"payload": {"a": "\ud800"}}])
def test_an_event_that_can_t_be_kept_is_refused(api, fields):
    assert event(api, **fields).status_code == 422


def test_a_viewer_tells_of_no_event(project):
    assert event(api_as(project, Role.VIEWER)).status_code == 403
