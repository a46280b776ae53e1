import pytest

from console.access import Role
from console.models import Project
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory


def test_the_organization_is_read_and_renamed(api, project):
    assert api("GET", "/api/organization").json()["name"] == project.organization.name
    answer = api("PUT", "/api/organization", {"name": "Larkfield"})
    project.organization.refresh_from_db()
    assert (answer.status_code, answer.json()["name"], project.organization.name) == (200, "Larkfield", "Larkfield")


def test_a_name_that_can_not_be_is_refused(api):
    answer = api("PUT", "/api/organization", {"name": " "})
    assert (answer.status_code, answer.json()["error"]["details"]["problems"][0]["field"]) == (422, "name")


def test_projects_are_created_renamed_and_listed(api, project):
    made = api("POST", "/api/projects", {"name": "Refunds"})
    assert made.status_code == 201
    path = f"/api/projects/{made.json()['id']}"
    assert api("PUT", path, {"name": "Returns"}).json()["name"] == "Returns"
    assert api("GET", path).json()["name"] == "Returns"
    assert [item["name"] for item in api("GET", "/api/projects").json()] == [project.name, "Returns"]


def test_a_taken_name_is_a_conflict(api, project):
    answer = api("POST", "/api/projects", {"name": project.name})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "project_name_taken")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_read_and_change_nothing(project, role):
    ask = api_as(project, role)
    assert ask("GET", "/api/organization").status_code == 200
    for method, path in (
        ("PUT", "/organization"),
        ("POST", "/projects"),
        ("PUT", f"/projects/{project.public_id}"),
    ):
        assert ask(method, f"/api{path}", {"name": "x"}).status_code == 403
    assert Project.objects.count() == 1


def test_another_organizations_project_does_not_exist(api):
    other = ProjectFactory()
    assert api("GET", f"/api/projects/{other.public_id}").status_code == 404
    assert api("PUT", f"/api/projects/{other.public_id}", {"name": "x"}).status_code == 404
