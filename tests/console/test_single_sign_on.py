from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from console.access import Role
from console.models import Invitation, Membership, User
from console.services.invitations import invitation_create, invitation_revoke
from tests.factories import MembershipFactory, UserFactory
from tests.support.answers import text
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider

START = "/sign-in/oidc/sso/login/"
ADA = {"sub": "ada-1", "email": "Ada@Example.com", "email_verified": True, "name": "Ada Lovelace"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with IdentityProvider() as provider:
        provider.person = dict(ADA)
        settings.CALLBOARD_OIDC_ISSUER = provider.url
        about = {"server_url": provider.url, "oauth_pkce_enabled": True}
        app = {
            "provider_id": "sso",
            "name": "Larkfield",
            "client_id": CLIENT_ID,
            "secret": CLIENT_SECRET,
            "settings": about,
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield provider


@pytest.fixture
def sign_in(provider):
    """Go to the provider and come back; return the last answer and the browser."""

    def go(client: Client | None = None, start: str = START):
        client = client or Client()
        there = client.get(start)
        back = urlsplit(provider.authorize(there["Location"]))
        return client.get(f"{back.path}?{back.query}"), client

    return go


@pytest.fixture
def ada(project):
    person = UserFactory(email="ada@example.com")
    MembershipFactory(user=person, organization=project.organization)
    return person


def is_signed_in_as(client, person) -> bool:
    return client.session.get("_auth_user_id") == str(person.pk)


def test_the_page_offers_it_where_it_is_set_up(client, provider, settings):
    settings.CALLBOARD_OIDC_NAME = "Larkfield"
    page = text(client.get("/sign-in?next=/runs"))
    assert ">Larkfield</a>" in page
    assert f'href="{START}?next=%2Fruns"' in page
    settings.CALLBOARD_OIDC_ISSUER = ""
    assert START not in text(client.get("/sign-in"))


def test_a_verified_address_signs_in_whoever_it_belongs_to_and_keeps_the_password(sign_in, ada):
    ada.set_password("seven old brown kettles")
    ada.save()
    answer, client = sign_in()
    assert (answer.status_code, answer["Location"], is_signed_in_as(client, ada)) == (302, "/", True)
    assert SocialAccount.objects.get().user == ada
    ada.refresh_from_db()
    assert ada.check_password("seven old brown kettles")


def test_it_goes_on_to_the_page_that_was_asked_for(sign_in, ada):
    assert sign_in(start=f"{START}?next=/runs")[0]["Location"] == "/runs"


def test_it_never_goes_on_to_another_site(sign_in, ada):
    assert sign_in(start=f"{START}?next=https://evil.example/")[0]["Location"] == "/"


def test_an_address_that_is_not_verified_signs_nobody_in(sign_in, ada, provider):
    for claim in (False, "false", None):
        provider.person["email_verified"] = claim
        answer, client = sign_in()
        assert (answer.status_code, "does not vouch" in text(answer)) == (403, True)
        assert not is_signed_in_as(client, ada)
    assert not SocialAccount.objects.exists()


def test_nobody_comes_in_without_an_invitation(sign_in, provider):
    answer, client = sign_in()
    assert (answer.status_code, "no invitation is to it" in text(answer)) == (403, True)
    assert (User.objects.count(), "_auth_user_id" in client.session) == (0, False)


def test_an_invitation_lets_its_address_in_and_is_used_up(sign_in, admin):
    invitation_create(actor=admin, email="ada@example.com", role=Role.MEMBER)
    answer, client = sign_in()
    person = User.objects.get()
    assert (answer.status_code, is_signed_in_as(client, person)) == (302, True)
    assert (person.email, person.name, person.has_usable_password()) == ("ada@example.com", "Ada Lovelace", False)
    assert Membership.objects.get(user=person).role == Role.MEMBER
    assert Invitation.objects.get().accepted_at is not None


def test_an_invitation_of_an_address_that_is_not_verified_stays_open(sign_in, admin, provider):
    invitation_create(actor=admin, email="ada@example.com", role=Role.MEMBER)
    provider.person["email_verified"] = False
    assert sign_in()[0].status_code == 403
    assert Invitation.objects.get().accepted_at is None


def test_a_revoked_invitation_lets_nobody_in(sign_in, admin):
    invited = invitation_create(actor=admin, email="ada@example.com", role=Role.MEMBER)
    invitation_revoke(actor=admin, invitation=invited.invitation)
    assert sign_in()[0].status_code == 403


def test_the_link_stays_when_the_address_changes_there(sign_in, ada, provider):
    sign_in()
    provider.person |= {"email": "ada@elsewhere.example", "email_verified": False}
    assert is_signed_in_as(sign_in()[1], ada)


def test_another_account_there_with_the_address_of_nobody_here_is_not_ada(sign_in, ada, provider):
    sign_in()
    provider.person = {"sub": "eve-2", "email": "eve@example.com", "email_verified": True}
    assert sign_in()[0].status_code == 403


def test_a_deactivated_person_is_not_signed_in(sign_in, ada):
    ada.is_active = False
    ada.save()
    answer, client = sign_in()
    assert (answer.status_code, "_auth_user_id" in client.session) == (403, False)


def test_an_account_is_not_linked_to_whoever_happens_to_be_signed_in(sign_in, provider):
    eve = UserFactory(email="eve@example.com")
    client = Client()
    client.force_login(eve)
    assert sign_in(client, start=f"{START}?process=connect")[0].status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_code_is_bound_to_the_browser_that_asked_by_pkce_and_state(sign_in, ada, provider):
    sign_in()
    assert (provider.asked["code_challenge_method"], len(provider.asked["code_challenge"])) == ("S256", 43)
    theirs = Client()
    back = urlsplit(provider.authorize(theirs.get(START)["Location"]))
    victim = Client()
    answer = victim.get(f"{back.path}?{back.query}")
    assert (answer.status_code, "_auth_user_id" in victim.session) == (403, False)


def test_a_token_for_another_client_is_refused(sign_in, ada, provider):
    provider.audience = "somebody else"
    answer, client = sign_in()
    assert (answer.status_code, is_signed_in_as(client, ada)) == (403, False)


def test_giving_up_at_the_provider_leads_back_to_the_sign_in(provider):
    client = Client()
    state = provider.authorize(client.get(START)["Location"]).partition("state=")[2]
    answer = client.get(f"{START}callback/?error=access_denied&state={state}", follow=True)
    assert (answer.redirect_chain[-1][0], "You were not signed in" in text(answer)) == ("/sign-in", True)


def test_no_token_of_the_provider_is_kept(sign_in, ada, provider):
    sign_in()
    kept = repr(SocialAccount.objects.values())
    assert ("access_token" in kept, "eyJ" in kept) == (False, False)
