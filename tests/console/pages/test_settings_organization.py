import pytest

from console.access import Role
from console.models import AuditEntry
from orchestration.models import Pipeline
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.answers import text

PAGE = "/settings/organization"


def test_it_shows_its_own_projects(client, project):
    elsewhere = ProjectFactory(name="Elsewhere")
    page = text(client.get(PAGE))
    assert (project.name in page, project.organization.slug in page) == (True, True)
    assert elsewhere.name not in page


def test_an_admin_gives_it_another_name(client, project):
    answer = client.post(PAGE, {"name": " Larkfield "}, follow=True)
    project.organization.refresh_from_db()
    assert (project.organization.name, answer.redirect_chain) == ("Larkfield", [(PAGE, 303)])
    assert "now called Larkfield" in text(answer)
    assert AuditEntry.objects.get().after == {"name": "Larkfield"}


def test_a_blank_name_is_refused(client, project):
    answer = client.post(PAGE, {"name": " "})
    assert (answer.status_code, "Give the organization a name" in text(answer)) == (422, True)
    assert not AuditEntry.objects.exists()


def test_the_page_takes_as_many_queries_for_many_projects(client, project, django_assert_max_num_queries):
    ProjectFactory.create_batch(6, organization=project.organization)
    with django_assert_max_num_queries(8):
        client.get(PAGE)


def test_an_admin_creates_a_project(client, project):
    answer = client.post("/settings/projects/new", {"name": " Refunds "}, follow=True)
    assert answer.redirect_chain == [(PAGE, 303)]
    assert "Refunds is created" in text(answer)
    assert AuditEntry.objects.get(action="project.create").after == {"name": "Refunds"}
    assert Pipeline.objects.filter(project__name="Refunds", draft__has_key="preset").count() == 3


def test_an_admin_renames_a_project(client, project):
    before = project.name
    assert client.post(f"/settings/projects/{project.public_id}", {"name": "Returns"}).status_code == 303
    project.refresh_from_db()
    assert (project.name, AuditEntry.objects.get().before) == ("Returns", {"name": before})


@pytest.mark.parametrize("name", ["", "Taken", "x" * 256])
def test_a_project_needs_a_name_of_its_own(client, project, name):
    ProjectFactory(organization=project.organization, name="Taken")
    answer = client.post("/settings/projects/new", {"name": name})
    assert (answer.status_code, name in text(answer)) == (422, True)
    assert not AuditEntry.objects.exists()


def test_another_organizations_project_is_not_there(client):
    url = f"/settings/projects/{ProjectFactory().public_id}"
    assert (client.get(url).status_code, client.post(url, {"name": "x"}).status_code) == (404, 404)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_projects_are_made_by_org_admins(project, role):
    client = client_as(project, role)
    assert client.post("/settings/projects/new", {"name": "x"}).status_code == 403
    assert client.post(f"/settings/projects/{project.public_id}", {"name": "x"}).status_code == 403


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_it_is_for_org_admins(project, role):
    client = client_as(project, role)
    assert (client.get(PAGE).status_code, client.post(PAGE, {"name": "x"}).status_code) == (403, 403)
    assert f'href="{PAGE}"' not in text(client.get("/settings/tokens"))


def test_wrong_methods_are_refused(client):
    assert client.delete(PAGE).status_code == 405
