"""Runs of orchestrations over REST."""

import threading
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.services.tools import tool_create
from agents.tools.description import ToolDescription
from console.access import Role
from orchestration import executor
from orchestration.models import Run
from tests.console.api.conftest import api_as
from tests.console.api.test_orchestrations import FAN_OUT, ROOT, SUMMARY
from tests.engine.nodes.conftest import settled as carried_out
from tests.support.agents import function, published_agent
from tests.support.web_server import Answer, WebServer

ASK = {"id": "approval", "type": "human", "prompt": "Please approve or reject."}
FIELDS = {
    "id", "orchestration_id", "status", "state", "active_nodes", "artifacts", "error", "current_node_id",
    "required_action", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def make(api):
    """Create an orchestration and return the path of its runs."""

    def make(nodes, edges=(), name="graph", **parts) -> str:
        made = api("POST", ROOT, {"name": name, "nodes": nodes, "edges": list(edges), **parts})
        assert made.status_code == 201, made.content
        return f"{ROOT}/{made.json()['id']}/runs"

    return make


def settled(api, runs: str, body: dict) -> dict:
    """Start a run, carry out all that can be, and return it as it then stands."""
    started = api("POST", runs, body)
    assert started.status_code == 201, started.content
    return looked_at(api, runs, started.json()["id"])


def looked_at(api, runs: str, run_id: str) -> dict:
    carried_out(next(run for run in Run.objects.all() if run.public_id == run_id))
    return api("GET", f"{runs}/{run_id}").json()


def carry_out_what_comes() -> None:
    """Be a worker until a step was there."""
    until = time.monotonic() + 20
    while executor.drain("control") == 0 and time.monotonic() < until:
        time.sleep(0.02)
    connection.close()


def test_a_run_has_the_fields_that_programs_read(api, make):
    runs = make([{"id": "start", "type": "transform", "expression": {"var": "query"}}])
    body = settled(api, runs, {"input": {"query": "summarize Q1 revenue"}})
    assert set(body) == FIELDS
    assert body["id"].startswith("run_")
    assert runs == f"{ROOT}/{body['orchestration_id']}/runs"
    assert (body["status"], body["active_nodes"], body["error"]) == ("completed", [], None)
    assert body["state"] == {"query": "summarize Q1 revenue", "input": {"query": "summarize Q1 revenue"}}
    assert body["artifacts"] == {"start": {"result": "summarize Q1 revenue"}}
    assert (body["current_node_id"], body["required_action"]) == ("start", None)
    assert body["created_at"] <= body["updated_at"]


def test_agents_that_are_python_work_in_parallel_and_meet(api, make, admin, settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    agent = published_agent(admin, function("return 'Read: ' + task_input['user_instruction']"))
    nodes = [{**node, **({"agent_id": agent.public_id} if "agent_id" in node else {})} for node in FAN_OUT["nodes"]]
    nodes[1]["input_mapping"] = {"prompt": "$.query"}
    nodes.append({"id": "merge", "type": "transform", "expression": {"cat": [{"var": "a"}, "; ", {"var": "b"}]}})
    join = {"to": "merge", "activation_group": "join", "activation_condition": "all"}
    edges = [*FAN_OUT["edges"], {"from": "branch_a", **join}, {"from": "branch_b", **join}]
    runs = make(nodes, edges)
    started = api("POST", runs, {"input": {"query": "Q1"}}).json()
    body = looked_at(api, runs, started["id"])
    assert body["artifacts"]["merge"] == {"result": 'Read: Q1; Read: query: "Q1"'}


def test_a_tool_fetches_and_an_agent_sums_up(api, make, admin, settings):
    settings.CALLBOARD_SANDBOX, settings.CALLBOARD_TRUSTED_HOSTS = "bubblewrap", ["127.0.0.1"]
    agent = published_agent(admin, function("return 'Read: ' + task_input['user_instruction']"))
    with WebServer() as server:
        server.script([Answer(body=b'{"result": "Revenue rose."}')])
        tool = tool_create(actor=admin, description=ToolDescription(name="fetch", url=server.url))
        fetch, summarise = SUMMARY["nodes"]
        nodes = [{**fetch, "tool_id": tool.public_id}, {**summarise, "agent_id": agent.public_id}]
        body = settled(api, make(nodes, SUMMARY["edges"]), {"input": {"query": "summarize Q1 revenue"}})
    assert (body["status"], body["current_node_id"]) == ("completed", "summarise")
    assert body["state"]["raw"] == "Revenue rose."
    assert body["state"]["summary"] == "Read: Revenue rose."
    assert body["artifacts"] == {
        "fetch": {"result": "Revenue rose."},
        "summarise": {"content": "Read: Revenue rose."},
    }


@pytest.mark.parametrize(("score", "taken"), [(0.9, "high_path"), (0.8, "low_path")])
def test_a_condition_sends_work_to_one_agent_or_the_other(api, make, admin, settings, score, taken):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    agent = published_agent(admin, function("return 'done'"))
    rule = {"if": [{">": [{"var": "score"}, 0.8]}, "high", "low"]}
    nodes = [
        {"id": "check", "type": "condition", "expression": rule},
        *({"id": node_id, "type": "agent", "agent_id": agent.public_id} for node_id in ("high_path", "low_path")),
    ]
    edges = [{"from": "check", "to": f"{label}_path", "condition": label} for label in ("high", "low")]
    body = settled(api, make(nodes, edges), {"input": {"score": score}})
    assert body["artifacts"] == {"check": {"label": taken.removesuffix("_path")}, taken: {"content": "done"}}


def test_a_graph_with_a_circle_starts_a_run_that_has_failed(api, make):
    nodes = [{"id": "a", "type": "transform", "expression": 1}, {"id": "b", "type": "transform", "expression": 1}]
    runs = make(nodes, [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}])
    answer = api("POST", runs, {"input": {}})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["error"]["code"]) == ("failed", "ORCHESTRATION_CYCLE_DETECTED")
    assert body["artifacts"] == {}


def test_a_node_that_names_what_is_not_there_fails_its_run(api, make):
    body = settled(api, make(SUMMARY["nodes"], SUMMARY["edges"]), {"input": {}})
    assert (body["status"], body["error"]["code"], body["error"]["node_id"]) == ("failed", "tool_not_found", "fetch")


def test_a_human_node_pauses_and_goes_on_with_the_answer(api, make):
    runs = make([ASK])
    body = settled(api, runs, {})
    assert (body["status"], body["active_nodes"]) == ("paused", ["approval"])
    assert body["required_action"] == {
        "type": "human_input",
        "node_id": "approval",
        "prompt": "Please approve or reject.",
        "context": {},
    }
    answer = api("POST", f"{runs}/{body['id']}/human-input", {"node_id": "approval", "output": {"ok": True}})
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert answer.json()["artifacts"] == {"approval": {"ok": True}}


def test_answers_that_nobody_waits_for_say_so(api, make):
    runs = make([ASK])
    body = settled(api, runs, {})
    path = f"{runs}/{body['id']}/human-input"

    def told(path: str, sent: dict) -> tuple[int, str]:
        answer = api("POST", path, sent)
        return answer.status_code, answer.json()["error"]["code"]

    assert told(path, {"output": {}}) == (400, "VALIDATION_FAILED")
    assert told(path, {"node_id": 5}) == (400, "VALIDATION_FAILED")
    assert told(path, {"node_id": "approval", "output": "yes"}) == (400, "VALIDATION_FAILED")
    assert told(path, {"node_id": "other"}) == (400, "ORCHESTRATION_HUMAN_NODE_MISMATCH")
    nowhere = f"{runs}/run_01K9X4Z7QD8M3V5T2B6N8C1F0A/human-input"
    assert told(nowhere, {"node_id": "approval"}) == (404, "ORCHESTRATION_RUN_NOT_FOUND")
    assert api("POST", path, {"node_id": "approval"}).status_code == 200
    assert told(path, {"node_id": "approval"}) == (409, "ORCHESTRATION_RUN_NOT_PAUSED")


def test_a_run_is_cancelled_once(api, make):
    runs = make([ASK])
    path = f"{runs}/{settled(api, runs, {})['id']}"
    cancelled = api("POST", f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (cancelled.json()["required_action"], cancelled.json()["active_nodes"]) == (None, [])
    again = api("POST", f"{path}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ORCHESTRATION_RUN_NOT_CANCELLABLE")


def test_only_a_paused_run_is_resumed_and_waits_as_before(api, make):
    runs = make([ASK])
    path = f"{runs}/{settled(api, runs, {})['id']}"
    resumed = api("POST", f"{path}/resume")
    assert (resumed.status_code, resumed.json()["status"]) == (200, "paused")
    api("POST", f"{path}/cancel")
    late = api("POST", f"{path}/resume")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "ORCHESTRATION_RUN_NOT_PAUSED")


def test_an_input_that_does_not_fit_the_schema_starts_nothing(api, make):
    schema = {"type": "object", "required": ["query"], "properties": {"top": {"type": "integer"}}}
    runs = make([], input_schema=schema)
    answer = api("POST", runs, {"input": {"top": "ten"}})
    problems = {item["field"]: item["message"] for item in answer.json()["error"]["details"]["problems"]}
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "ORCHESTRATION_INPUT_INVALID")
    assert problems == {"input.query": "This is required.", "input.top": "'ten' is not of type 'integer'."}
    assert not Run.objects.exists()


def test_runs_are_listed_the_newest_first_with_the_same_number_of_queries(api, make):
    runs = make([ASK])
    counts, ids = [], []
    for _ in range(3):
        ids.append(settled(api, runs, {})["id"])
        with CaptureQueriesContext(connection) as queries:
            listed = api("GET", runs).json()
        counts.append(len(queries))
    assert [run["id"] for run in listed["items"]] == ids[::-1]
    assert len(set(counts)) == 1


def test_a_run_is_not_found_under_another_orchestration(api, make):
    run_id = settled(api, make([ASK]), {})["id"]
    answer = api("GET", f"{make([ASK], name='other')}/{run_id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORCHESTRATION_RUN_NOT_FOUND")


def test_a_viewer_starts_and_answers_nothing(api, make, project):
    runs = make([ASK])
    run_id = settled(api, runs, {})["id"]
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", f"{runs}/{run_id}").status_code == 200
    for path in (runs, f"{runs}/{run_id}/cancel", f"{runs}/{run_id}/resume", f"{runs}/{run_id}/human-input"):
        assert viewer("POST", path, {}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_with_wait_the_answer_comes_when_the_run_has_ended(api, make):
    runs = make([{"id": "told", "type": "emit_event", "event_type": "hello"}])
    worker = threading.Thread(target=carry_out_what_comes)
    worker.start()
    answer = api("POST", runs, {"wait": 20})
    worker.join()
    assert (answer.status_code, answer.json()["status"]) == (201, "completed")


def test_without_wait_the_answer_comes_at_once(api, make):
    runs = make([{"id": "told", "type": "emit_event", "event_type": "hello"}])
    assert api("POST", runs, {}).json()["status"] == "running"


@pytest.mark.parametrize("sent", [{"input": []}, {"input": "x"}, {"wait": "long"}, {"more": 1}])
def test_a_start_of_a_wrong_shape_is_refused(api, make, sent):
    assert api("POST", make([]), sent).status_code == 422
