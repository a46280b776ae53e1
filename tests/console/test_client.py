"""The typed client, against the API's own description and against a live instance."""

import asyncio
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import console.client
from console.access import Role
from console.api.root import api
from console.cli.main import app
from console.client import ApiError, AsyncClient, Client, NoAnswer, Orchestration, OrchestrationRun, Validation
from console.client import orchestrations as calls
from tests.console.api.conftest import api_as

DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema(), default=str))
ORCH, RUN = "orch_01K9X4Z7QD8M3V5T2B6N8C1F0A", "run_01K9X4Z7QD8M3V5T2B6N8C1F0A"
PARTS = {"nodes": [{"id": "a", "type": "human"}], "edges": [], "state_schema": {}, "input_schema": {}}
WORDS = {"name": "n", "description": "d"}
EVERY_CALL = {
    "create": calls.create(**WORDS, **PARTS, project_id="proj_1"),
    "validate": calls.validate(**PARTS),
    "listed": calls.listed(project_id="proj_1", cursor="c", limit=1),
    "get": calls.get(ORCH),
    "update": calls.update(ORCH, **WORDS, **PARTS),
    "delete": calls.delete(ORCH),
    "start_run": calls.start_run(ORCH, input={"a": 1}, wait=True),
    "runs": calls.runs(ORCH, cursor="c", limit=1),
    "get_run": calls.get_run(ORCH, RUN),
    "cancel_run": calls.cancel_run(ORCH, RUN),
    "resume_run": calls.resume_run(ORCH, RUN),
    "submit_human_input": calls.submit_human_input(ORCH, RUN, node_id="a", output={}),
}


def operation(call):
    return DESCRIPTION["paths"][call.template][call.method.lower()]


def shape(name):
    return DESCRIPTION["components"]["schemas"][name]


def test_every_call_is_looked_at():
    made = {
        name for name, value in vars(calls).items() if inspect.isfunction(value) and value.__module__ == calls.__name__
    }
    assert {name for name in made if not name.startswith("_")} == set(EVERY_CALL)


@pytest.mark.parametrize("name", EVERY_CALL)
def test_a_call_is_an_operation_of_the_api_with_parameters_that_it_has(name):
    call = EVERY_CALL[name]
    told = {(item["in"], item["name"]) for item in operation(call).get("parameters", [])}
    assert {("path", key) for key in call.ids} == {item for item in told if item[0] == "path"}
    assert {("query", key) for key in call.query} <= told
    assert "{" not in call.path


@pytest.mark.parametrize("name", [name for name, call in EVERY_CALL.items() if call.body is not None])
def test_a_call_can_say_all_that_the_body_of_its_operation_takes(name):
    reference = operation(EVERY_CALL[name])["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert set(shape(reference.rsplit("/", 1)[-1])["properties"]) == set(EVERY_CALL[name].body)


@pytest.mark.parametrize(
    ("answer", "name"),
    [(Orchestration, "OrchestrationOut"), (OrchestrationRun, "RunOut"), (Validation, "ValidationOut")],
)
def test_an_answer_has_the_keys_that_the_api_gives(answer, name):
    assert set(answer.__annotations__) == set(shape(name)["properties"])


@pytest.fixture
def instance(live_server, project):
    """The address of a live instance and a token for it."""
    return live_server.url, api_as(project, Role.ORG_ADMIN).token


def test_it_defines_and_runs_an_orchestration(instance):
    with Client(*instance) as client:
        made = client(calls.create(name="hello", nodes=PARTS["nodes"], edges=[]))
        run = client(calls.start_run(made["id"], input={"query": "?"}, wait=True))
        assert run["status"] == "paused"
        run = client(calls.submit_human_input(made["id"], run["id"], node_id="a", output={"ok": True}))
        assert (run["status"], run["artifacts"]) == ("completed", {"a": {"ok": True}})
        assert client(calls.runs(made["id"]))["items"] == [run]
        assert client(calls.delete(made["id"])) is None


def test_it_does_the_same_without_blocking(instance):
    async def walk():
        async with AsyncClient(*instance) as client:
            made = await client(calls.create(name="hello", nodes=[], edges=[]))
            return await client(calls.start_run(made["id"]))

    assert asyncio.run(walk())["status"] == "completed"


def test_a_refusal_has_its_code_and_its_problems(instance):
    with Client(*instance) as client, pytest.raises(ApiError) as refused:
        client(calls.create(name="", nodes=[], edges=[]))
    assert (refused.value.status, refused.value.code) == (422, "ORCHESTRATION_VALIDATION_FAILED")
    assert refused.value.details["problems"][0]["field"] == "name"


def test_an_instance_that_is_away_is_told():
    with Client("http://127.0.0.1:1", "cb_x") as client, pytest.raises(NoAnswer, match="does not answer"):
        client(calls.get(ORCH))


def test_it_asks_to_be_told_which_instance(monkeypatch):
    monkeypatch.delenv("CALLBOARD_URL", raising=False)
    with pytest.raises(ValueError, match="CALLBOARD_URL"):
        Client()


@pytest.fixture
def command(instance):
    """Say something to the command line; return what it printed as JSON."""
    url, token = instance

    def say(*words, code=0):
        said = CliRunner().invoke(app, [*words, "--url", url, "--token", token])
        assert said.exit_code == code, said.output
        return json.loads(said.stdout) if said.stdout.strip() else said.stderr

    return say


def test_the_command_line_defines_runs_answers_and_deletes(command, project, tmp_path):
    nodes = '[{"id":"start","type":"transform","expression":{"var":"query"}},{"id":"ask","type":"human"}]'
    file = tmp_path / "edges.json"
    file.write_text('[{"from":"start","to":"ask"}]')
    made = command(
        "create-orchestration", "--project-id", project.public_id, "--name", "hi", "--nodes", nodes,
        "--edges", f"@{file}",
    )  # fmt: skip
    which = ("--orchestration-id", made["id"])
    assert command("list-orchestrations") == [command("get-orchestration", *which)] == [made]
    assert command("update-orchestration", *which, "--description", "Asks")["description"] == "Asks"
    run = command("create-orchestration-run", *which, "--input", '{"query": "Q1"}', "--wait")
    assert (run["status"], run["artifacts"]) == ("paused", {"start": {"result": "Q1"}})
    run_id = ("--run-id", run["id"])
    assert command("resume-orchestration-run", *which, *run_id)["status"] == "paused"
    done = command("submit-human-input", *which, *run_id, "--node-id", "ask", "--output", '{"ok": 1}')
    assert command("get-orchestration-run", *which, *run_id) == done
    assert command("list-orchestration-runs", *which) == [done]
    assert "ORCHESTRATION_RUN_NOT_CANCELLABLE" in command("cancel-orchestration-run", *which, *run_id, code=2)
    command("delete-orchestration", *which)
    assert command("list-orchestrations") == []


def test_the_command_line_ends_with_one_where_a_run_or_a_check_failed(command):
    circle = '[{"from":"a","to":"a"}]'
    nodes = '[{"id":"a","type":"human"}]'
    assert command("validate-orchestration", "--nodes", nodes, "--edges", circle, code=1)["valid"] is False
    made = command("create-orchestration", "--name", "hi", "--nodes", nodes, "--edges", circle)
    run = command("create-orchestration-run", "--orchestration-id", made["id"], "--wait", code=1)
    assert run["error"]["code"] == "ORCHESTRATION_CYCLE_DETECTED"


def test_the_command_line_says_which_option_is_no_json(command):
    said = command("create-orchestration", "--name", "hi", "--nodes", "[", "--edges", "[]", code=2)
    assert re.search("--nodes is not JSON", said)


def test_it_needs_nothing_else_of_callboard(tmp_path):
    """It is installed as `callboard`, where the rest may not be."""
    source = Path(console.client.__file__).parent
    shutil.copytree(source, tmp_path / "callboard")
    said = subprocess.run(
        [sys.executable, "-c", "import callboard, sys; print([n for n in sys.modules if n.startswith('console')])"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
