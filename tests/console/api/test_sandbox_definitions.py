import pytest

from console.access import Role
from tests.agents.sandbox_definitions.conftest import LITTLE, machines
from tests.console.api.conftest import api_as
from tests.factories import SandboxDefinitionFactory
from tests.support.agents import published_agent

__all__ = ["machines"]
PATH = "/api/sandbox-definitions"
WEB = {"name": "Packages", "network": "allow_list", "allowed_domains": ["PyPI.org"], "memory_mb": 512}


def test_a_definition_is_added_read_listed_replaced_and_archived(api, machines):
    created = api("POST", PATH, WEB)
    body = created.json()
    assert (created.status_code, body["allowed_domains"], body["memory_mb"], body["cpus"]) == (
        201, ["pypi.org"], 512, None,
    )  # fmt: skip
    path = f"{PATH}/{body['id']}"
    assert api("GET", path).json() == body
    assert api("GET", PATH).json()["items"] == [body]

    replaced = api("PUT", path, {"name": "Packages", "network": "none"}).json()

    assert (replaced["network"], replaced["allowed_domains"], replaced["memory_mb"]) == ("none", [], None)
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404


def test_what_is_wrong_names_its_field(api, machines):
    machines[:] = [LITTLE]

    answer = api("POST", PATH, {**WEB, "cpus": 1, "allowed_domains": ["pypi.org", "*.com"]})
    fields = [problem["field"] for problem in answer.json()["error"]["details"]["problems"]]
    assert (answer.status_code, fields) == (422, ["allowed_domains.1"])

    answer = api("POST", PATH, {"name": "Fast", "cpus": 1})
    [problem] = answer.json()["error"]["details"]["problems"]
    assert (answer.status_code, problem["field"], problem["message"]) == (422, "cpus", "No control groups.")


def test_an_agent_takes_a_definition_and_says_what_it_holds(api, admin, machines):
    definition = api("POST", PATH, WEB).json()
    code = "def run(task_input, *, proxy_url, run_token):\n    return 'x'\n"
    sent = {"name": "a", "source": {"kind": "paste", "code": code}, "sandbox_definition_id": definition["id"]}

    agent = api("POST", "/api/agents", sent).json()

    assert agent["spec"]["sandbox"]["allowed_domains"] == ["pypi.org"]
    again = api("PUT", f"/api/agents/{agent['id']}", {"name": "a", **agent["spec"]})
    assert (again.status_code, again.json()["spec"]) == (200, agent["spec"])
    assert api("GET", f"{PATH}/{definition['id']}").json()["used_by"] == ["a"]


def test_one_in_use_is_a_conflict(api, admin, project):
    definition = SandboxDefinitionFactory(organization=project.organization)
    published_agent(admin, sandbox_definition_id=definition.public_id)

    answer = api("DELETE", f"{PATH}/{definition.public_id}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sandbox_definition_in_use")


def test_a_taken_name_is_a_conflict(api, machines):
    api("POST", PATH, WEB)

    answer = api("POST", PATH, {**WEB, "name": "PACKAGES"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


@pytest.mark.parametrize(("role", "status"), [(Role.PROJECT_ADMIN_OWNER, 200), (Role.MEMBER, 403)])
def test_those_who_register_agents_may_read_them(project, role, status):
    assert api_as(project, role)("GET", PATH).status_code == status


def test_only_an_org_admin_may_add_one(project, machines):
    assert api_as(project, Role.PROJECT_ADMIN_OWNER)("POST", PATH, WEB).status_code == 403


def test_the_list_asks_no_more_for_more(api, admin, project, django_assert_max_num_queries):
    for number in range(12):
        definition = SandboxDefinitionFactory(organization=project.organization)
        published_agent(admin, name=f"a{number}", sandbox_definition_id=definition.public_id)

    with django_assert_max_num_queries(8):
        assert len(api("GET", PATH).json()["items"]) == 12
