"""The image of an agent over REST."""

import pytest

from agents.images import states
from agents.images.logs import sink_of
from agents.models import AgentImage
from console.access import Role
from console.models import AuditEntry
from sandboxes import registry
from sandboxes.backends.fake import FakeBackend
from sandboxes.image_shelf import KeptImage
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory

CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
AGENT = {"name": "hello", "source": {"kind": "paste", "code": CODE}, "dockerfile": "RUN true\n"}


@pytest.fixture(autouse=True)
def _machine(monkeypatch):
    backend = FakeBackend()
    monkeypatch.setattr(registry, "choose", lambda *_: backend)
    monkeypatch.setattr("agents.services.images.wake", lambda _: None)


@pytest.fixture
def path(api) -> str:
    return f"/api/agents/{api('POST', '/api/agents', AGENT).json()['id']}/image"


def test_the_dockerfile_comes_back_with_the_agent(api):
    created = api("POST", "/api/agents", AGENT).json()
    assert created["spec"]["dockerfile"] == "RUN true\n"
    assert "dockerfile" not in api("POST", "/api/agents", {**AGENT, "name": "plain", "dockerfile": ""}).json()["spec"]


def test_every_line_of_a_dockerfile_that_can_not_be_used_is_a_problem(api):
    answer = api("POST", "/api/agents", {**AGENT, "dockerfile": "USER root\nRUN true\nCMD x"})
    problems = answer.json()["error"]["details"]["problems"]
    assert answer.status_code == 422
    assert [(problem["field"], problem["message"][:7]) for problem in problems] == [
        ("dockerfile", "Line 1:"), ("dockerfile", "Line 3:"),
    ]  # fmt: skip


def test_an_image_goes_from_not_built_over_building_to_ready(api, path):
    assert api("GET", path).json()["state"] == "not_built"
    answer = api("POST", f"{path}/build", {})
    assert (answer.status_code, answer.json()["state"], answer.json()["build"]) == (202, "building", 1)
    image = AgentImage.objects.get()
    claim = states.claim(image.pk, worker="w:1")
    states.note_step(claim, 1, of=2)
    assert (api("GET", path).json()["step"], api("GET", path).json()["steps"]) == (1, 2)
    states.ready(claim, KeptImage("sha256:1", 5), base="sha256:0", place="here")
    found = api("GET", path).json()
    assert (found["state"], found["digest"], found["size_bytes"]) == ("ready", "sha256:1", 5)
    assert AuditEntry.objects.filter(action="image.build").count() == 1


def test_a_build_may_be_asked_for_without_a_body(api, path):
    assert api("POST", f"{path}/build").status_code == 202


def test_build_request_returns_409_with_what_is_being_built(api, path):
    api("POST", f"{path}/build", {})
    answer = api("POST", f"{path}/build", {"rebuild": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "build_under_way")
    assert answer.json()["error"]["details"] == {
        "image": AgentImage.objects.get().public_id, "agent": path.split("/")[3],
    }  # fmt: skip


def test_a_build_is_cancelled_once(api, path):
    api("POST", f"{path}/build", {})
    assert api("POST", f"{path}/cancel").json()["state"] == "not_built"
    answer = api("POST", f"{path}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_build_under_way")


def test_the_log_is_read_behind_a_line(api, path):
    api("POST", f"{path}/build", {})
    image = AgentImage.objects.get()
    sink = sink_of(states.claim(image.pk, worker="w:1"), image.organization_id)
    sink.put("stdout", "one\ntwo \x00\n")
    sink.put("stderr", "three\n")
    sink.drain()
    found = api("GET", f"{path}/log").json()
    assert [(line["line"], line["stream"], line["text"]) for line in found["lines"]] == [
        (1, "stdout", "one"), (2, "stdout", "two \N{REPLACEMENT CHARACTER}"), (3, "stderr", "three"),
    ]  # fmt: skip
    assert (found["next"], found["state"], found["build"]) == (3, "building", 1)
    assert api("GET", f"{path}/log?after=3").json()["lines"] == []
    for after in ("-5", "99999999999999999999"):
        assert api("GET", f"{path}/log?after={after}").status_code == 200


def test_an_agent_on_the_default_image_has_nothing_to_build(api):
    agent = api("POST", "/api/agents", {**AGENT, "dockerfile": ""}).json()["id"]
    assert api("GET", f"/api/agents/{agent}/image").json()["state"] == "default"
    answer = api("POST", f"/api/agents/{agent}/image/build", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_dockerfile")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_other_roles_may_neither_see_nor_build(project, path, role):
    other = api_as(project, role)
    answers = [other("GET", path), other("POST", f"{path}/build", {}), other("POST", f"{path}/cancel")]
    assert {answer.status_code for answer in answers} == {403}


def test_another_organizations_image_does_not_exist(path):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    answers = [stranger("GET", path), stranger("POST", f"{path}/build", {}), stranger("GET", f"{path}/log")]
    assert {answer.status_code for answer in answers} == {404}
