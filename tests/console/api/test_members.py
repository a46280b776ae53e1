import pytest

from console.access import Role
from console.models import AuditEntry, Invitation, Membership
from tests.console.api.conftest import api_as
from tests.factories import MembershipFactory, ProjectFactory

INVITE = {"email": "mara@example.com", "role": "member"}


@pytest.fixture
def mara(project) -> Membership:
    return MembershipFactory(organization=project.organization, user__name="Mara", role=Role.VIEWER)


def test_members_are_listed_with_their_roles_and_where_these_hold(api, project, mara):
    listed = api("GET", "/api/members").json()["items"]
    assert [(item["name"], item["role"], item["project"]) for item in listed if item["id"] == mara.public_id] == [
        ("Mara", "viewer", None)
    ]
    assert api("GET", f"/api/members/{mara.public_id}").json()["email"] == mara.user.email


def test_a_role_is_changed_and_moved_to_a_project(api, project, mara):
    answer = api("PUT", f"/api/members/{mara.public_id}", {"role": "member", "project": project.public_id})
    mara.refresh_from_db()
    assert (answer.status_code, answer.json()["project"]["id"]) == (200, project.public_id)
    assert (mara.role, mara.project) == ("member", project)
    assert AuditEntry.objects.filter(action="member.change").count() == 1


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"role": "king"}, 422, "role"),
        ({"role": "org_admin", "project": "own"}, 422, "project"),
        ({"role": "member", "project": "proj_01K9X4Z7QD8M3V5T2B6N8C1F0A"}, 404, None),
    ],
)
def test_a_role_that_can_not_be_is_refused(api, project, mara, body, status, field):
    sent = {**body, "project": project.public_id} if body.get("project") == "own" else body
    answer = api("PUT", f"/api/members/{mara.public_id}", sent)
    problems = answer.json()["error"]["details"].get("problems", [{"field": None}])
    assert (answer.status_code, problems[0]["field"]) == (status, field)


def test_a_member_is_removed(api, mara):
    assert api("DELETE", f"/api/members/{mara.public_id}").status_code == 204
    assert not Membership.objects.filter(pk=mara.pk).exists()


def test_the_last_admin_stays(api, project):
    admin = Membership.objects.get(organization=project.organization, role=Role.ORG_ADMIN)
    answer = api("DELETE", f"/api/members/{admin.public_id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "last_admin")


def test_somebody_is_invited_by_a_link_that_is_told_once(api):
    invited = api("POST", "/api/invitations", INVITE)
    assert (invited.status_code, invited.json()["email"], invited.json()["project"]) == (201, "mara@example.com", None)
    assert "/invitations/" in invited.json()["link"]
    listed = api("GET", "/api/invitations").json()["items"]
    assert [item["id"] for item in listed] == [invited.json()["id"]]
    assert "link" not in listed[0]


def test_an_instance_that_sends_mails_sends_the_link(api, settings, mailoutbox):
    settings.CALLBOARD_SENDS_MAIL = True
    invited = api("POST", "/api/invitations", INVITE).json()
    assert invited["was_mailed"] is True
    assert invited["link"] in mailoutbox[0].body


def test_an_invitation_is_revoked(api):
    invitation_id = api("POST", "/api/invitations", INVITE).json()["id"]
    assert api("DELETE", f"/api/invitations/{invitation_id}").status_code == 204
    assert Invitation.objects.get().revoked_at is not None
    assert api("GET", "/api/invitations").json()["items"] == []


def test_a_member_is_not_invited_again(api, mara):
    answer = api("POST", "/api/invitations", {**INVITE, "email": mara.user.email})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_member")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_may_not(project, mara, role):
    ask = api_as(project, role)
    calls = [
        ("GET", "/api/members", None), ("PUT", f"/api/members/{mara.public_id}", {"role": "viewer"}),
        ("DELETE", f"/api/members/{mara.public_id}", None), ("GET", "/api/invitations", None),
        ("POST", "/api/invitations", INVITE),
    ]  # fmt: skip
    assert {ask(*call).status_code for call in calls} == {403}


def test_another_organizations_members_and_invitations_do_not_exist(api, mara):
    invitation_id = api("POST", "/api/invitations", INVITE).json()["id"]
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", f"/api/members/{mara.public_id}").status_code == 404
    assert stranger("DELETE", f"/api/members/{mara.public_id}").status_code == 404
    assert stranger("DELETE", f"/api/invitations/{invitation_id}").status_code == 404


def test_a_list_of_members_costs_the_same_however_long(api, project, django_assert_max_num_queries):
    MembershipFactory.create_batch(20, organization=project.organization, project=project, role=Role.VIEWER)
    with django_assert_max_num_queries(6):
        assert len(api("GET", "/api/members").json()["items"]) == 21
