"""Nodes that do something in the world, on real tools, models' rules, knowledge and memories."""

import json

import pytest

from agents.services.agents import agent_publish, agent_register
from agents.services.knowledge import source_create, text_add
from agents.services.memories import memory_create
from agents.services.tools import tool_create
from agents.tools.description import ToolDescription
from console.access import Actor
from orchestration.errors import AnswerRefused
from orchestration.models import StepRun
from orchestration.services.orchestration_runs import human_input_submit
from orchestration.services.orchestrations import orchestration_validate
from orchestration.states import RunStatus
from tests.engine.conftest import statuses
from tests.engine.nodes.conftest import edge, facts, settled, transform
from tests.factories import ProjectFactory
from tests.support.agents import function, published_agent
from tests.support.web_server import Answer, WebServer


@pytest.fixture(autouse=True)
def _in_bubblewrap(settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"


@pytest.fixture
def server(settings):
    settings.CALLBOARD_TRUSTED_HOSTS = ["127.0.0.1"]
    with WebServer() as server:
        yield server


@pytest.fixture
def tool(server, admin) -> str:
    description = ToolDescription(name="fetch", url=f"{server.url}/fetch")
    return tool_create(actor=admin, description=description).public_id


def answered(*bodies: object) -> list[Answer]:
    return [Answer(body=json.dumps(body).encode()) for body in bodies]


def later(run):
    """Let the time that a run waits for pass."""
    StepRun.objects.filter(run=run, status="waiting").update(due_at=run.created_at)
    return settled(run)


def test_a_tool_gets_the_mapped_input_and_its_answer_is_the_output(server, tool, run_of):
    server.script(answered({"result": "Q1 was good"}))
    node = {"id": "fetch", "type": "tool", "tool_id": tool, "input_mapping": {"query": "$.query"}}
    run = run_of([{**node, "output_mapping": {"result": "state.raw"}}], given={"query": "Q1"})
    assert (run.status, facts(run).state["raw"]) == (RunStatus.COMPLETED, "Q1 was good")
    (asked,) = server.requests
    assert json.loads(asked.body) == {"query": "Q1"}
    assert asked.headers["idempotency-key"] == f"{run.public_id}:fetch:1"


def test_a_tool_that_refuses_fails_its_run_and_one_that_is_busy_is_asked_again(server, tool, run_of):
    retry = {"max_attempts": 2, "backoff": {"strategy": "fixed", "delay_ms": 0}}
    node = {"id": "fetch", "type": "tool", "tool_id": tool, "retry": retry}
    server.script([Answer(status=503), *answered({"ok": True})])
    assert facts(settled(run_of([node]))).artifacts == {"fetch": {"ok": True}}
    server.script([Answer(status=400)])
    run = settled(run_of([node]))
    assert (run.status, run.error["code"], len(server.requests)) == (RunStatus.FAILED, "tool_http_error", 3)


def test_a_poll_asks_until_its_condition_holds(server, tool, run_of):
    server.script(answered({"state": "busy"}, {"state": "done"}))
    condition = {"==": [{"var": "response.state"}, {"var": "wanted"}]}
    node = {"id": "p", "type": "poll", "tool_id": tool, "exit_condition": condition, "interval": "1h"}
    run = run_of([node], given={"wanted": "done"})
    assert (run.status, statuses(run)) == (RunStatus.RUNNING, {"p": "waiting"})
    run = later(run)
    done = {"result": {"state": "done"}, "attempts": 2, "conditionMet": True, "timedOut": False}
    assert facts(run).artifacts == {"p": done}
    keys = {asked.headers["idempotency-key"] for asked in server.requests}
    assert len(keys) == 2


@pytest.mark.parametrize(("fails", "status"), [(False, RunStatus.COMPLETED), (True, RunStatus.FAILED)])
def test_a_poll_that_has_asked_often_enough_says_so_or_fails(server, tool, run_of, fails, status):
    node = {"id": "p", "type": "poll", "tool_id": tool, "exit_condition": False, "interval": "1h"}
    run = later(run_of([{**node, "max_iterations": 2, "fail_on_timeout": fails}]))
    assert (run.status, len(server.requests)) == (status, 2)
    assert fails or facts(run).artifacts["p"]["timedOut"]
    assert not fails or run.error["code"] == "ORCHESTRATION_POLL_EXHAUSTED"


@pytest.fixture
def guarded(tool, run_of):
    """A run that waits for a call to be approved, with a node behind each decision."""
    node = {"id": "send", "type": "approval", "tool_id": tool, "input_mapping": {"to": "$.to"}}
    nodes = [node, *(transform(name, 1) for name in ("sent", "rejected", "expired"))]
    edges = [edge("send", "sent"), edge("send", "rejected", "rejected"), edge("send", "expired", "expired")]
    return run_of(nodes, edges, given={"to": "Ada"})


def decide(admin, run, **output):
    human_input_submit(actor=admin, run=run, node_id="send", output=output)
    return later(run)


def test_a_call_waits_for_an_approval(guarded, server):
    assert guarded.status == RunStatus.PAUSED
    asked = facts(guarded).required_action
    assert (asked["type"], asked["context"], asked["options"]) == ("approval", {"to": "Ada"}, ["approved", "rejected"])
    assert server.requests == []


def test_an_approved_call_is_made_with_the_arguments_that_were_approved(guarded, server, admin):
    server.script(answered({"sent": True}))
    run = decide(admin, guarded, decision="approved", reason="Fine", edited_args={"to": "Grace"})
    output = facts(run).artifacts["send"]
    assert (output["result"], output["resolvedBy"], output["reason"]) == ({"sent": True}, "Ada", "Fine")
    assert json.loads(server.requests[0].body) == {"to": "Grace"}
    assert statuses(run) == {"send": "completed", "sent": "completed", "rejected": "skipped", "expired": "skipped"}


def test_a_rejected_call_is_not_made(guarded, server, admin):
    run = decide(admin, guarded, decision="rejected")
    assert (statuses(run)["rejected"], statuses(run)["sent"], server.requests) == ("completed", "skipped", [])


def test_a_call_that_nobody_decides_in_time_expires(guarded, server):
    assert (statuses(later(guarded))["expired"], server.requests) == ("completed", [])


@pytest.mark.parametrize(
    "output", [{}, {"decision": "maybe"}, {"decision": "expired"}, {"decision": "approved", "x": 1}]
)
def test_an_answer_that_is_no_decision_is_refused(guarded, admin, output):
    with pytest.raises(AnswerRefused):
        decide(admin, guarded, **output)


def test_a_python_agent_answers_in_a_sandbox(admin, run_of):
    agent = published_agent(admin, function("return 'Read: ' + task_input['user_instruction']"))
    node = {
        "id": "a",
        "type": "agent",
        "agent_id": agent.public_id,
        "prompt": "Sum up",
        "input_mapping": {"text": "$.raw"},
    }
    run = settled(run_of([node], given={"raw": ["x"]}))
    assert facts(run).artifacts == {"a": {"content": 'Read: Sum up\ntext: ["x"]'}}


def test_an_agent_without_a_mapping_gets_the_run_s_input(admin, run_of):
    agent = published_agent(admin, function("return str(task_input['input'])"))
    run = settled(run_of([{"id": "a", "type": "agent", "agent_id": agent.public_id}], given={"query": "?"}))
    assert facts(run).artifacts == {"a": {"content": "{'query': '?'}"}}


def test_an_answer_that_is_an_object_is_the_output_where_a_schema_asks_for_one(admin, run_of):
    agent = published_agent(admin, function("return '```json\\n{\"score\": 1}\\n```'"))
    node = {"id": "a", "type": "agent", "agent_id": agent.public_id, "output_schema": {"type": "object"}}
    assert facts(settled(run_of([node]))).artifacts == {"a": {"score": 1}}


def test_an_agent_s_exception_fails_its_node_and_another_attempt_is_another_run(admin, run_of):
    agent = published_agent(admin, function("raise ValueError('no')"))
    retry = {"max_attempts": 2, "backoff": {"delay_ms": 0}}
    run = settled(run_of([{"id": "a", "type": "agent", "agent_id": agent.public_id, "retry": retry}]))
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "agent_exception")
    assert "ValueError: no" in run.error["message"]
    assert agent.runs.count() == 2


def test_a_prompt_agent_answers_by_its_model(admin, run_of):
    spec = {"runtime": "prompt", "instructions": "Sum up.", "model": "builtin/rules"}
    agent = agent_register(actor=admin, name="writer", spec=spec)
    agent_publish(actor=admin, agent=agent)
    node = {"id": "a", "type": "agent", "agent_id": agent.public_id, "input_mapping": {"prompt": "$.raw"}}
    content = facts(settled(run_of([node], given={"raw": "Revenue rose."}))).artifacts["a"]["content"]
    assert content.startswith("[builtin/rules, no model]")


def test_a_draft_and_an_agent_that_is_not_there_fail_their_node(admin, run_of):
    draft = agent_register(actor=admin, name="draft", spec={"source": {"kind": "paste", "code": function("return 1")}})
    for name, code in ((draft.public_id, "agent_not_published"), ("agt_xyz", "agent_not_found")):
        run = settled(run_of([{"id": "a", "type": "agent", "agent_id": name}]))
        assert (run.status, run.error["code"]) == (RunStatus.FAILED, code)


def test_knowledge_is_searched_with_what_is_mapped(admin, project, run_of):
    source = source_create(actor=admin, project=project, name="policies")
    text_add(actor=admin, source=source, name="refunds.txt", text="Refunds are made within thirty days.")
    node = {"id": "k", "type": "knowledge", "input_mapping": {"query": "$.q", "sourceIds": [source.public_id]}}
    results = facts(run_of([node], given={"q": "refunds"})).artifacts["k"]["results"]
    assert [(hit["kind"], hit["title"]) for hit in results] == [("document", "refunds.txt")]
    assert run_of([node]).error["code"] == "query_missing"


def test_a_memory_is_written_to_once_and_again(admin, project, run_of):
    memory = memory_create(actor=admin, project=project, name="facts")
    node = {"id": "m", "type": "memory_write", "memory_id": memory.public_id, "input_mapping": {"content": "$.fact"}}
    actions = [facts(run_of([node], given={"fact": fact})).artifacts["m"]["action"] for fact in ("a", "a", {"b": 1})]
    assert actions == ["created", "unchanged", "created"]
    assert sorted(memory.entries.values_list("content", flat=True)) == ["a", '{"b": 1}']


def test_what_belongs_to_another_organization_is_not_there(run_of, admin, create):
    stranger = Actor.platform(ProjectFactory().organization_id)
    tool = tool_create(actor=stranger, description=ToolDescription(name="theirs", url="https://example.com"))
    agent = published_agent(stranger)
    memory = memory_create(actor=stranger, project=None, name="theirs", scope="organization")
    named = {
        "tool_not_found": {"type": "tool", "tool_id": tool.public_id},
        "agent_not_found": {"type": "agent", "agent_id": agent.public_id},
        "not_found": {"type": "memory_write", "memory_id": memory.public_id, "input_mapping": {"content": 1}},
    }
    for code, node in named.items():
        assert settled(run_of([{"id": "a", **node}])).error["code"] == code
    nodes = [{"id": code, **node} for code, node in named.items()]
    project = create([]).project
    found = orchestration_validate(actor=admin, project=project, definition={"nodes": nodes, "edges": []})
    assert [item.written_path for item in found.errors] == [
        "nodes[0].tool_id",
        "nodes[1].agent_id",
        "nodes[2].memory_id",
    ]
