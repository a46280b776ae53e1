import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from console.access import Actor, Role
from console.models import AuditEntry, BrowserSession, Invitation, Membership, User
from console.signing_in.auth import api_token_create, api_token_resolve
from tests.console.pages.conftest import client_as
from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from tests.support.answers import text

MEMBERS = "/settings/members"
INVITE = {"email": " Mara@Example.com ", "role": "member", "project": ""}
NEW = {"name": "Mara Okafor", "password": "seven old brown kettles"}


def link_in(answer) -> str:
    return re.search(r"/invitations/[\w-]{43}", text(answer))[0]


def invited(client, **changes) -> str:
    """Return the path of a new invitation's link."""
    return link_in(client.post(f"{MEMBERS}/invite", {**INVITE, **changes}))


def page_of(membership) -> str:
    return f"{MEMBERS}/{membership.public_id}"


def test_it_shows_members_and_invitations_of_this_organization_alone(client, project):
    MembershipFactory(
        user=UserFactory(name="Jo <Lee>"), organization=project.organization, project=project, role=Role.MEMBER
    )
    MembershipFactory(user=UserFactory(name="Elsewhere"))
    invited(client)
    page = text(client.get(MEMBERS))
    for words in ("Jo &lt;Lee&gt;", project.name, "Org Admin", "mara@example.com"):
        assert words in page
    assert "Elsewhere" not in page


def test_the_page_takes_as_many_queries_for_many_members(client, project, django_assert_max_num_queries):
    for role in [Role.VIEWER] * 6:
        MembershipFactory(organization=project.organization, project=project, role=role)
    with django_assert_max_num_queries(8):
        client.get(MEMBERS)


def test_a_link_is_shown_once_and_kept_as_a_hash(client):
    answer = client.post(f"{MEMBERS}/invite", INVITE)
    secret = link_in(answer).rpartition("/")[2]
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (201, True)
    assert secret not in repr(Invitation.objects.values()) + text(client.get(MEMBERS))
    assert AuditEntry.objects.get().after == {
        "email": "mara@example.com", "role": "member", "project": "every project",
    }  # fmt: skip


def test_somebody_new_joins_with_a_name_and_a_password(client, project):
    path, browser = invited(client, project=project.public_id), Client()
    assert "Join" in text(browser.get(path))
    assert browser.post(path, NEW)["Location"] == "/"
    person = User.objects.get(email="mara@example.com")
    assert (person.name, person.check_password(NEW["password"])) == (NEW["name"], True)
    held = Membership.objects.get(user=person)
    assert (held.role, held.project) == (Role.MEMBER, project)
    assert browser.session["_auth_user_id"] == str(person.pk)
    assert AuditEntry.objects.filter(action="invitation.accept", actor_id=person.pk).exists()


def test_a_link_works_once(client):
    path = invited(client)
    Client().post(path, NEW)
    assert (Client().get(path).status_code, Client().post(path, NEW).status_code) == (404, 404)
    assert User.objects.filter(email="mara@example.com").count() == 1


def test_looking_at_a_link_uses_nothing_up(client):
    path = invited(client)
    Client().get(path)
    assert Client().post(path, NEW).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Write your name"),
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "common"),
    ],
)
def test_a_name_and_a_password_of_some_strength_are_needed(client, wrong, words):
    path = invited(client)
    answer = Client().post(path, {**NEW, **wrong})
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not User.objects.filter(email="mara@example.com").exists()


def test_a_link_opens_no_account_that_is_there_already(client):
    UserFactory(email="mara@example.com")
    path = invited(client)
    assert "Sign in" in text(Client().get(path))
    answer = Client().post(path, NEW)
    assert answer.status_code == 409
    assert not Membership.objects.filter(user__email="mara@example.com").exists()


def test_whoever_has_an_account_joins_after_signing_in(client, project):
    person, browser = UserFactory(email="mara@example.com"), Client()
    browser.force_login(person)
    assert browser.post(invited(client)).status_code == 303
    assert Membership.objects.get(user=person).organization == project.organization


def test_somebody_elses_invitation_can_not_be_taken(client):
    browser = Client()
    browser.force_login(UserFactory(email="eve@example.com"))
    path = invited(client)
    assert "You are signed in as eve@example.com" in text(browser.get(path))
    assert browser.post(path).status_code == 409
    assert Invitation.objects.get().accepted_at is None


def test_a_revoked_invitation_is_gone(client):
    path = invited(client)
    answer = client.post(f"/settings/invitations/{Invitation.objects.get().public_id}/revoke", follow=True)
    assert answer.redirect_chain == [(MEMBERS, 303)]
    assert (Client().get(path).status_code, Client().post(path, NEW).status_code) == (404, 404)


def test_an_invitation_ends_by_its_age(client):
    path = invited(client)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert Client().post(path, NEW).status_code == 404
    assert "expired" in text(client.get(MEMBERS))


def test_a_new_invitation_takes_the_place_of_an_open_one(client):
    first, second = invited(client), invited(client, role="viewer")
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)


def test_a_member_is_not_invited_again(client, project):
    MembershipFactory(organization=project.organization, user__email="mara@example.com", role=Role.VIEWER)
    answer = client.post(f"{MEMBERS}/invite", INVITE)
    assert (answer.status_code, "a member already" in text(answer)) == (422, True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "mara"}, "Write an e-mail"),
        ({"role": "king"}, "Use one of"),
        ({"role": "org_admin"}, "every project"),
    ],
)
def test_an_invitation_needs_an_address_and_a_role_that_can_be(client, project, wrong, words):
    answer = client.post(f"{MEMBERS}/invite", {**INVITE, "project": project.public_id, **wrong})
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not Invitation.objects.exists()


def test_another_organizations_project_can_not_be_chosen(client):
    assert client.post(f"{MEMBERS}/invite", {**INVITE, "project": ProjectFactory().public_id}).status_code == 404


def test_the_link_is_mailed_where_mail_is_configured(client, settings):
    settings.CALLBOARD_SENDS_MAIL = True
    path = invited(client)
    assert (mail.outbox[0].to, path in mail.outbox[0].body) == (["mara@example.com"], True)


def test_a_role_is_changed_and_the_change_recorded(client, project):
    member = MembershipFactory(organization=project.organization, role=Role.VIEWER)
    answer = client.post(page_of(member), {"role": "member", "project": project.public_id})
    member.refresh_from_db()
    assert (answer.status_code, member.role, member.project) == (303, Role.MEMBER, project)
    entry = AuditEntry.objects.get(action="member.change")
    assert (entry.before["role"], entry.after["role"]) == ("viewer", "member")


def test_the_last_admin_is_neither_removed_nor_made_less(client, project):
    admin = Membership.objects.get(organization=project.organization)
    MembershipFactory(organization=project.organization, user__is_active=False)
    answer = client.post(page_of(admin), {"role": "member", "project": ""})
    assert (answer.status_code, "only Org Admin" in text(answer)) == (422, True)
    assert client.post(f"{page_of(admin)}/remove").status_code == 409
    admin.refresh_from_db()
    assert admin.role == Role.ORG_ADMIN


def test_one_of_two_admins_can_go(client, project):
    other = MembershipFactory(organization=project.organization)
    assert client.post(f"{page_of(other)}/remove", follow=True).redirect_chain == [(MEMBERS, 303)]
    assert not Membership.objects.filter(pk=other.pk).exists()


def test_a_removed_member_is_out_at_once(client, project, admin):
    member, browser = MembershipFactory(organization=project.organization, role=Role.MEMBER), Client()
    browser.force_login(member.user)
    secret = api_token_create(actor=admin, user=member.user, organization=project.organization, name="theirs")
    client.post(f"{page_of(member)}/remove")
    assert (api_token_resolve(secret), browser.get("/runs").status_code) == (None, 302)
    assert not BrowserSession.objects.filter(user=member.user).exists()


def test_whoever_belongs_elsewhere_too_stays_signed_in_there(client, project):
    member, browser = MembershipFactory(organization=project.organization, role=Role.MEMBER), Client()
    elsewhere = ProjectFactory()
    MembershipFactory(user=member.user, organization=elsewhere.organization)
    secret = api_token_create(
        actor=Actor(organization_id=elsewhere.organization_id), user=member.user, organization=elsewhere.organization,
        name="elsewhere",
    )  # fmt: skip
    browser.force_login(member.user)
    client.post(f"{page_of(member)}/remove")
    assert elsewhere.name in text(browser.get("/settings/organization"))
    assert api_token_resolve(secret) is not None


def test_a_member_of_another_organization_is_not_there(client):
    url = page_of(MembershipFactory(organization=ProjectFactory().organization))
    assert [client.get(url).status_code, client.post(url).status_code, client.post(f"{url}/remove").status_code] == [
        404
    ] * 3


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_it_is_for_org_admins(project, role):
    client = client_as(project, role)
    url = page_of(MembershipFactory(organization=project.organization))
    assert {client.get(path).status_code for path in (MEMBERS, f"{MEMBERS}/invite", url)} == {403}
    assert {client.post(path, INVITE).status_code for path in (f"{MEMBERS}/invite", url, f"{url}/remove")} == {403}


def test_wrong_methods_are_refused(client, project):
    url = page_of(Membership.objects.get(organization=project.organization))
    assert (client.post(MEMBERS).status_code, client.get(f"{url}/remove").status_code) == (405, 405)
