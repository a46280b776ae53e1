import pytest

from console.access import Role
from console.models import AuditEntry
from tests.console.pages.conftest import client_as
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

PAGE = "/settings/organization"


def text(answer):
    return answer.content.decode()


def test_it_shows_projects_and_members_with_their_roles(client, project):
    MembershipFactory(
        user=UserFactory(name="Mara <Okafor>"), organization=project.organization, project=project, role=Role.MEMBER
    )
    MembershipFactory(user=UserFactory(name="Elsewhere"))
    page = text(client.get(PAGE))
    for words in (project.name, project.organization.slug, "Mara &lt;Okafor&gt;", "Member", "Org Admin"):
        assert words in page
    assert "Elsewhere" not in page


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


def test_the_page_takes_as_many_queries_for_many_members(client, project, django_assert_max_num_queries):
    for number in range(6):
        own = ProjectFactory(organization=project.organization, name=f"P{number}")
        MembershipFactory(organization=project.organization, project=own, role=Role.MEMBER)
    with django_assert_max_num_queries(8):
        client.get(PAGE)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_it_is_for_org_admins(project, role):
    client = client_as(project, role)
    assert (client.get(PAGE).status_code, client.post(PAGE, {"name": "x"}).status_code) == (403, 403)
    assert f'href="{PAGE}"' not in text(client.get("/settings/tokens"))


def test_wrong_methods_are_refused(client):
    assert client.delete(PAGE).status_code == 405
