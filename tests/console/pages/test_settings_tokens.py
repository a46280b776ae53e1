import re
from datetime import timedelta

import pytest
from django.utils import timezone

from console.access import Role, Scope
from console.models import ApiToken, AuditEntry
from console.signing_in.auth import api_token_create, api_token_resolve
from tests.console.pages.conftest import client_as
from tests.factories import OrganizationFactory
from tests.support.answers import text

TOKENS = "/settings/tokens"
FORM = {"name": "nightly seeding", "scope": "write", "expires": "90"}


def secret_in(answer):
    return re.search(r"cb_[\w-]{43}", text(answer))[0]


def test_an_empty_list_says_what_a_token_is_for(client):
    assert "No tokens yet" in text(client.get(TOKENS))


def test_a_token_is_shown_once_and_works(client):
    made = client.post(f"{TOKENS}/new", FORM)
    token, secret = ApiToken.objects.get(), secret_in(made)
    assert (made.status_code, "no-store" in made["Cache-Control"]) == (201, True)
    assert api_token_resolve(secret) == token
    assert token.expires_at - timezone.now() > timedelta(days=89)
    listed = text(client.get(TOKENS))
    assert ("nightly seeding" in listed, token.prefix in listed, secret in listed) == (True, True, False)


def test_a_token_may_never_expire(client):
    client.post(f"{TOKENS}/new", {**FORM, "expires": "never"})
    assert ApiToken.objects.get().expires_at is None


def test_a_token_needs_a_name(client):
    answer = client.post(f"{TOKENS}/new", {**FORM, "name": " "})
    assert (answer.status_code, "Name what will use the token." in text(answer)) == (422, True)
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused_and_gone_from_the_list(client):
    secret = secret_in(client.post(f"{TOKENS}/new", FORM))
    answer = client.post(f"{TOKENS}/{ApiToken.objects.get().public_id}/revoke", follow=True)
    assert ("nightly seeding is revoked" in text(answer), answer.redirect_chain) == (True, [(TOKENS, 303)])
    assert (api_token_resolve(secret), "No tokens yet" in text(answer)) == (None, True)


def test_an_expired_token_says_so(client):
    client.post(f"{TOKENS}/new", FORM)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert "expired" in text(client.get(TOKENS))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_everybody_has_tokens_of_their_own(project, role):
    client = client_as(project, role)
    assert client.post(f"{TOKENS}/new", FORM).status_code == 201
    assert "nightly seeding" in text(client.get(TOKENS))


def test_somebody_elses_token_is_neither_listed_nor_revoked(client, project):
    client_as(project).post(f"{TOKENS}/new", FORM)
    token = ApiToken.objects.get()
    assert "nightly seeding" not in text(client.get(TOKENS))
    assert client.post(f"{TOKENS}/{token.public_id}/revoke").status_code == 404


def test_ones_token_of_another_organization_does_not_exist_here(client, project, admin):
    client.post(f"{TOKENS}/new", FORM)
    user, elsewhere = ApiToken.objects.get().user, OrganizationFactory()
    api_token_create(actor=admin, user=user, organization=elsewhere, name="elsewhere")
    assert "elsewhere" not in text(client.get(TOKENS))


def test_wrong_methods_are_refused(client):
    client.post(f"{TOKENS}/new", FORM)
    assert client.get(f"{TOKENS}/{ApiToken.objects.get().public_id}/revoke").status_code == 405
    assert client.post(TOKENS).status_code == 405


def test_a_token_is_made_for_a_scope_and_says_so(client):
    client.post(f"{TOKENS}/new", {**FORM, "scope": "read"})
    assert ApiToken.objects.get().scope == Scope.READ
    assert AuditEntry.objects.get().after["scope"] == "read"
    assert ">Read<" in text(client.get(TOKENS))
