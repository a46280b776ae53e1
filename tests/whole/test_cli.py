import json

import pytest

from tests.support.agents import HELLO, function
from tests.support.instance import Instance


@pytest.fixture
def files(tmp_path):
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "raises.py").write_text(function("raise RuntimeError('no')"))
    (tmp_path / "tasks.csv").write_text('user\n"Summarize what environment you are running in."\n')
    (tmp_path / "bad.csv").write_text('usr\n"x"\n')
    return tmp_path


def workflow(instance: Instance, file: str, name: str) -> str:
    agent = instance.cli("agent", "register", name, file, "--publish")
    return instance.cli("workflow", "create", name, "--agent", agent, "--publish")


def test_an_agent_goes_from_file_to_verdict(instance, files):
    created = workflow(instance, str(files / "hello.py"), "cli hello")
    shown = instance.cli("seed", str(files / "tasks.csv"), "--workflow", created, "--wait")
    assert "PASS" in shown
    assert "cli hello" in instance.cli("agent", "list")


def test_waiting_ends_with_one_when_something_failed(instance, files):
    created = workflow(instance, str(files / "raises.py"), "cli raises")
    assert "FAIL" in instance.cli("seed", str(files / "tasks.csv"), "--workflow", created, "--wait", code=1)


def test_a_file_that_cannot_be_used_ends_with_two(instance, files):
    created = workflow(instance, str(files / "hello.py"), "cli refused")
    instance.cli("seed", str(files / "bad.csv"), "--workflow", created, code=2)
    with instance.api() as api:
        assert api.get(f"/api/v1/workflows/{created}/tasks").json()["items"] == []


def test_a_token_works_from_elsewhere(instance):
    token = instance.cli("token", "create", "--org", "demo", "--user", "admin@example.com", "--name", "elsewhere")
    assert token.startswith("cb_")
    assert "demo-agent" in instance.cli("agent", "list", "--url", instance.url, "--token", token)
    instance.cli("agent", "list", "--url", instance.url, "--token", "cb_wrong", code=2)


def test_a_run_is_followed_to_its_end(instance, files):
    created = workflow(instance, str(files / "hello.py"), "cli watched")
    instance.cli("seed", str(files / "tasks.csv"), "--workflow", created)
    with instance.api() as api:
        run = api.get(f"/api/v1/workflows/{created}/tasks").json()["items"][0]["agent_run"]
    said = instance.cli("run", "watch", run["id"])
    assert "run.started" in said
    assert "agent.verdict" in said
    assert "run.completed" in said


def test_people_and_organizations_are_made_from_the_command_line(instance):
    instance.cli("org", "create", "larkfield", "--name", "Larkfield")
    link = instance.cli("user", "create", "mara@larkfield.example", "--org", "larkfield", "--role", "member")
    assert "/sign-in/link/" in link


def test_the_doctor_finds_an_instance_well(instance):
    said = instance.cli("doctor")
    assert f"The instance in {instance.home}, process {instance.process.pid}," in said
    assert "Key ring" in said
    assert "Error" not in said


def test_the_doctor_looks_at_the_instance_and_not_at_the_shell(instance):
    strange = Instance(instance.home, {**instance.settings, "CALLBOARD_SANDBOX": "docker"}, port=1)
    said = strange.cli("doctor")
    assert "This shell differs in CALLBOARD_PORT, CALLBOARD_SANDBOX." in said
    assert "CALLBOARD_SANDBOX=bubblewrap" in said


def test_the_doctor_asks_a_named_instance(instance):
    token = instance.cli("token", "create", "--org", "demo", "--user", "admin@example.com", "--name", "doctor")
    said = instance.cli("--url", instance.url, "--token", token, "doctor")
    assert f"The instance at {instance.url}" in said
    assert str(instance.home) in said


def test_openapi_describes_every_operation_with_a_summary(instance):
    with instance.api() as api:
        description = api.get("/api/openapi.json").json()
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    assert len(operations) > 25
    assert all(operation["summary"] for operation in operations)
    assert "example" in json.dumps(description["components"]["schemas"]["AgentIn"])


def test_a_process_is_said_to_be_alive_or_not(instance):
    instance.cli("alive", "worker-agents")
    instance.cli("alive", "worker-of-nothing", code=1)
