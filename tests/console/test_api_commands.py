"""Commands that do by the REST API what pages do: what they send, and what they print of the answer."""

import json
from typing import Any

import httpx
import pytest
from django.test import Client
from typer.testing import CliRunner

from agents.models import Agent, AgentRun
from console.access import Role
from console.cli.main import app
from console.models import Invitation, Membership
from evaluation.models import Dataset
from tests.agents.sandbox_definitions.conftest import machines
from tests.console.api.conftest import Api, api_as
from tests.console.tenancy.conftest import body_of
from tests.factories import AgentRunFactory, MembershipFactory, ProjectFactory
from tests.support.agents import HELLO, published_agent, published_pipeline

__all__ = ["machines"]


@pytest.fixture
def as_(monkeypatch):
    """Make the commands ask this process's own API, as whoever holds a token; return what runs one."""

    def answered(method: str, url: str, *, headers: dict[str, str], timeout: float, **parts: Any) -> httpx.Response:
        address = httpx.URL(url).copy_merge_params(parts.get("params") or {})
        data: dict[str, Any] = {"data": b"", "content_type": "application/json"}
        if "json" in parts:
            data["data"] = json.dumps(parts["json"])
        if "files" in parts:
            data = {"data": {"file": parts["files"]["file"][1]}}
        ask = getattr(Client(headers=headers), method.lower())
        answer = ask(address.raw_path.decode(), **data) if method != "GET" else ask(address.raw_path.decode())
        request = httpx.Request(method, url)
        return httpx.Response(answer.status_code, content=body_of(answer).encode(), request=request)

    class Streamed:
        def __init__(self, method, url, **parts):
            self.answer = answered(method, url, **parts)

        def __enter__(self):
            return self.answer

        def __exit__(self, *_error):
            return None

    monkeypatch.setattr(httpx, "request", answered)
    monkeypatch.setattr(httpx, "stream", Streamed)

    def make(api: Api):
        return lambda *words: CliRunner().invoke(app, ["--url", "http://test", "--token", api.token, *words])

    return make


@pytest.fixture
def cli(as_, api):
    return as_(api)


@pytest.fixture
def api(project) -> Api:
    return api_as(project, Role.ORG_ADMIN)


@pytest.fixture
def workflow(project, admin) -> str:
    return published_pipeline(admin, project, published_agent(admin)).public_id


def test_runs_are_listed_and_written_by_the_filters_of_the_api(cli, project, tmp_path):
    AgentRunFactory(project=project, title="good", verdict="PASS")
    AgentRunFactory(project=project, title="bad", verdict="FAIL")
    assert "good" in cli("run", "list").output
    cli("run", "export", str(tmp_path / "runs.jsonl"), "--format", "jsonl", "--where", "verdict=FAIL")
    assert [json.loads(line)["title"] for line in (tmp_path / "runs.jsonl").read_text().splitlines()] == ["bad"]
    assert cli("run", "export", "--where", "q=good").output.splitlines()[1].count('"good"') == 1


def test_many_runs_are_acted_on(cli, project):
    run = AgentRunFactory(project=project, title="x")
    assert cli("run", "act", "cancel", run.public_id).output == "1 asked for, 0 done\n"
    assert cli("run", "act", "cancel", "--where", "status=completed").output == "1 asked for, 0 done\n"
    assert cli("run", "act", "cancel", "--all").output == "1 asked for, 0 done\n"


@pytest.mark.parametrize("words", [(), ("--all", "--where", "q=x"), ("arun_x", "--all"), ("--where", "nonsense")])
def test_which_runs_are_meant_must_be_clear(cli, words):
    assert cli("run", "act", "cancel", *words).exit_code == 2


def test_a_run_is_repeated_and_stopped(cli, api, workflow):
    api("POST", f"/api/v1/workflows/{workflow}/tasks", [{"user": "x"}])
    first = AgentRun.objects.get()
    assert cli("run", "cancel", first.public_id).output == "cancelled\n"
    again = cli("run", "rerun", first.public_id).output.strip()
    assert AgentRun.objects.exclude(pk=first.pk).get().public_id == again
    assert cli("run", "rerun", first.public_id, "--from", "answer").output.startswith("run_")
    assert cli("run", "rerun", first.public_id, "--from", "nowhere").exit_code == 2


def test_a_file_is_checked_and_then_seeded(cli, workflow, tmp_path):
    file = tmp_path / "tasks.csv"
    file.write_text('user\n"fine"\n""\n')
    checked = cli("dataset", "check", str(file), "--workflow", workflow)
    assert (checked.exit_code, "row 2, user:" in checked.output) == (1, True)
    dataset = checked.output.split()[0]
    assert "tasks.csv" in cli("dataset", "list", "--workflow", workflow).output
    assert cli("dataset", "seed", dataset).exit_code == 2
    assert cli("dataset", "seed", dataset, "--leave-out-bad-rows").output == "seeded\n"
    Dataset.objects.update(status="seeding")
    said = [cli("dataset", act, dataset).output.strip() for act in ("pause", "continue", "cancel")]
    assert said == ["paused", "seeding", "cancelled"]


def test_people_are_invited_changed_and_removed(cli, project):
    link = cli("member", "invite", "mara@example.com", "--role", "viewer", "--project", project.public_id).output
    assert "/invitations/" in link
    assert "mara@example.com" in cli("member", "list").output
    cli("member", "revoke", "mara@example.com")
    assert Invitation.objects.get().revoked_at is not None
    member = MembershipFactory(organization=project.organization, role=Role.VIEWER)
    assert cli("member", "change", member.user.email, "--role", "member").exit_code == 0
    assert Membership.objects.get(pk=member.pk).role == Role.MEMBER
    assert cli("member", "remove", member.public_id).exit_code == 0
    assert cli("member", "remove", "nobody@example.com").exit_code == 2


def test_sandboxes_are_defined_chosen_and_archived(cli, admin, tmp_path, machines):
    listed = cli("sandbox", "add", "Packages", "--network", "allow_list", "--host", "pypi.org", "--memory", "512")
    assert listed.exit_code == 0, listed.output
    code = tmp_path / "main.py"
    code.write_text(HELLO)
    assert cli("agent", "register", "web", str(code), "--sandbox", "Packages").exit_code == 0
    agent = Agent.objects.get()
    assert (agent.draft["sandbox_definition_id"], agent.draft["sandbox"]["memory_mb"]) == (listed.output.strip(), 512)
    shown = cli("sandbox", "list").output
    assert ("Packages" in shown, "web" in shown) == (True, True)
    refused = cli("sandbox", "archive", "Packages")
    assert (refused.exit_code, "web" in refused.output) == (2, True)
    cli("sandbox", "add", "Unused")
    assert cli("sandbox", "archive", "Unused").exit_code == 0
    assert cli("sandbox", "archive", "Unused").exit_code != 0


def test_projects_and_the_trail_are_read_and_written(cli, project, tmp_path):
    made = cli("project", "create", "Refunds").output.strip()
    cli("project", "rename", made, "Returns")
    assert f"{made}\tReturns" in cli("project", "list").output
    cli("audit", str(tmp_path / "trail.csv"), "--target", made)
    assert (tmp_path / "trail.csv").read_text().count("project.") == 2


def test_a_role_that_may_not_is_told_so_in_a_sentence(as_, project):
    viewer = as_(api_as(project, Role.VIEWER))
    refused = viewer("member", "list")
    assert (refused.exit_code, "It takes Org Admin" in refused.output) == (2, True)
    assert "It takes Org Admin" in viewer("audit").output


def test_what_is_another_organizations_is_not_there(as_, project):
    run = AgentRunFactory(project=project)
    stranger = as_(api_as(ProjectFactory(), Role.ORG_ADMIN))
    assert "There is no agent run" in stranger("run", "act", "cancel", run.public_id).output
