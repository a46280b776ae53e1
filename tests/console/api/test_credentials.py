import pytest

from agents.credentials import reveal
from agents.models import Credential
from console.access import Role
from tests.console.api.conftest import api_as
from tests.console.api.test_agents import AGENT
from tests.factories import ProjectFactory

SECRET = "sk-0123456789abcdef9f3c"
CREDENTIAL = {"name": "model-prod", "value": SECRET}


def test_a_credential_is_kept_and_its_value_never_comes_back(api):
    created = api("POST", "/api/credentials", CREDENTIAL)
    answers = [created, api("GET", "/api/credentials"), api("GET", f"/api/credentials/{created.json()['id']}")]
    assert (created.status_code, created.json()["hint"]) == (201, "9f3c")
    assert not any(SECRET in answer.content.decode() for answer in answers)
    assert reveal(Credential.objects.get()) == SECRET


def test_a_rotated_credential_has_its_new_value(api):
    credential_id = api("POST", "/api/credentials", CREDENTIAL).json()["id"]
    answer = api("POST", f"/api/credentials/{credential_id}/rotate", {"value": "another secret value"})
    assert (answer.status_code, answer.json()["hint"], bool(answer.json()["rotated_at"])) == (200, "alue", True)
    assert reveal(Credential.objects.get()) == "another secret value"


def test_it_says_what_uses_a_credential_and_keeps_it_as_long(api):
    credential_id = api("POST", "/api/credentials", CREDENTIAL).json()["id"]
    env = [{"name": "KEY", "credential_id": credential_id}]
    agent_id = api("POST", "/api/agents", {**AGENT, "env": env}).json()["id"]
    assert api("GET", "/api/credentials").json()["items"][0]["used_by"] == ["agent hello"]
    assert api("DELETE", f"/api/credentials/{credential_id}").json()["error"]["code"] == "credential_in_use"
    api("PUT", f"/api/agents/{agent_id}", AGENT)
    assert api("DELETE", f"/api/credentials/{credential_id}").status_code == 204


def test_a_short_value_is_refused_without_being_repeated(api):
    answer = api("POST", "/api/credentials", {"name": "x", "value": "hunter2"})
    assert (answer.status_code, answer.json()["error"]["details"]["problems"][0]["field"]) == (422, "value")
    assert "hunter2" not in answer.content.decode()


def test_a_value_of_the_wrong_type_is_not_repeated_either(api):
    answer = api("POST", "/api/credentials", {"name": "x", "value": ["hunter2hunter2"]})
    assert answer.status_code == 422
    assert "hunter2" not in answer.content.decode()


def test_a_taken_name_is_a_conflict(api):
    api("POST", "/api/credentials", CREDENTIAL)
    answer = api("POST", "/api/credentials", CREDENTIAL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_credentials_are_for_org_admins(project, role):
    ask = api_as(project, role)
    assert ask("GET", "/api/credentials").status_code == 403
    assert ask("POST", "/api/credentials", CREDENTIAL).status_code == 403


def test_another_organizations_credential_does_not_exist(api):
    credential_id = api("POST", "/api/credentials", CREDENTIAL).json()["id"]
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("POST", f"/api/credentials/{credential_id}/rotate", {"value": "another value"}).status_code == 404
    assert stranger("DELETE", f"/api/credentials/{credential_id}").status_code == 404
