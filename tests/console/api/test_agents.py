import pytest
from django.test import Client

from console.access import Role
from tests.console.api.conftest import Api, api_as
from tests.factories import MembershipFactory, ProjectFactory

CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
AGENT = {"name": "hello", "source": {"kind": "paste", "code": CODE}}


def test_an_agent_is_registered_published_and_listed(api):
    created = api("POST", "/api/agents", AGENT)
    assert (created.status_code, created.json()["status"]) == (201, "draft")
    agent_id = created.json()["id"]
    published = api("POST", f"/api/agents/{agent_id}/publish")
    assert (published.status_code, published.json()["version"]) == (200, 1)
    assert [item["id"] for item in api("GET", "/api/agents").json()["items"]] == [agent_id]
    assert api("GET", f"/api/agents/{agent_id}").json()["status"] == "published"
    assert [v["version"] for v in api("GET", f"/api/agents/{agent_id}/versions").json()["items"]] == [1]


def test_publishing_what_is_published_makes_no_other_version(api):
    path = f"/api/agents/{api('POST', '/api/agents', AGENT).json()['id']}"
    first = api("POST", f"{path}/publish").json()
    assert api("POST", f"{path}/publish").json() == first
    api("PUT", path, {**AGENT, "run_timeout_s": 60})
    assert api("POST", f"{path}/publish").json()["version"] == 2


@pytest.mark.parametrize("field", ["run_timeout_s", "concurrency"])
def test_true_is_no_number(api, field):
    answer = api("POST", "/api/agents", {**AGENT, field: True})
    assert (answer.status_code, answer.json()["error"]["details"]["problems"][0]["field"]) == (422, field)


def test_a_taken_name_is_a_conflict(api):
    api("POST", "/api/agents", AGENT)
    answer = api("POST", "/api/agents", AGENT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_bad_input_names_its_field(api):
    answer = api("POST", "/api/agents", {**AGENT, "entrypoint": "a.b", "run_timeout_s": 5})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "entrypoint"


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"name": "a\0"}, "name"), ({"source": {"kind": "paste", "code": f"# \ud800\n{CODE}"}}, "source.code")],
)
def test_text_that_can_t_be_stored_is_refused_with_its_path(api, changes, path):
    answer = api("POST", "/api/agents", {**AGENT, **changes})
    assert answer.status_code == 422
    assert path in [problem["field"] for problem in answer.json()["error"]["details"]["problems"]]


def test_a_missing_field_is_named_too(api):
    answer = api("POST", "/api/agents", {"name": "x"})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "source"


def test_an_edit_replaces_the_draft(api):
    agent_id = api("POST", "/api/agents", AGENT).json()["id"]
    api("POST", f"/api/agents/{agent_id}/publish")
    answer = api("PUT", f"/api/agents/{agent_id}", {**AGENT, "run_timeout_s": 60})
    assert (answer.json()["status"], answer.json()["spec"]["run_timeout_s"]) == ("changed", 60)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_the_agents_are_hidden_from_other_roles(project, role):
    answer = api_as(project, role)("GET", "/api/agents")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_another_organizations_agent_does_not_exist(api):
    agent_id = api("POST", "/api/agents", AGENT).json()["id"]
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", f"/api/agents/{agent_id}").status_code == 404
    assert stranger("POST", f"/api/agents/{agent_id}/publish").status_code == 404


def test_without_a_token_it_says_how_to_send_one():
    answer = Client().get("/api/agents")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")


def test_a_wrong_token_is_refused_even_beside_a_session(project):
    client = Client()
    client.force_login(MembershipFactory(organization=project.organization).user)
    answer = client.get("/api/agents", headers={"Authorization": "Bearer cb_wrong"})
    assert answer.status_code == 401


def test_a_session_needs_its_csrf_token_to_change_something(project):
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(organization=project.organization).user)
    assert client.get("/api/agents").status_code == 200
    answer = client.post("/api/agents", AGENT, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf_failed")


def test_lists_are_paged_by_key(api):
    for n in range(3):
        api("POST", "/api/agents", {**AGENT, "name": f"agent-{n}"})
    first = api("GET", "/api/agents?limit=2").json()
    second = api("GET", f"/api/agents?limit=2&cursor={first['next_cursor']}").json()
    assert [item["name"] for item in first["items"] + second["items"]] == ["agent-2", "agent-1", "agent-0"]
    assert second["next_cursor"] is None


def test_me_says_who_and_where(api, project):
    answer = api("GET", "/api/me").json()
    assert answer["organization"]["slug"] == project.organization.slug
    assert answer["role"] == "org_admin"
    assert [item["id"] for item in api("GET", "/api/projects").json()] == [project.public_id]


def test_a_revoked_token_is_refused(api, project):
    from console.models import ApiToken  # noqa: PLC0415

    ApiToken.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert Api(api.token)("GET", "/api/me").status_code == 401
