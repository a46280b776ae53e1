import re

import pytest
from django.test import Client
from typer.testing import CliRunner

from console.access import Role
from console.cli.main import app
from console.models import ApiToken, AuditEntry, Membership, Organization, Project, User

pytestmark = pytest.mark.django_db


def run(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def larkfield() -> Organization:
    run("org", "create", "larkfield", "--name", "Larkfield")
    return Organization.objects.get()


@pytest.fixture
def ada(larkfield) -> User:
    run("user", "create", "Ada@example.com", "--org", "larkfield", "--role", "org_admin")
    return User.objects.get()


def test_an_organization_begins_with_a_project(larkfield):
    assert (larkfield.name, Project.objects.get().organization) == ("Larkfield", larkfield)


@pytest.mark.parametrize("slug", ["Lark Field", "-x", "larkfield"])
def test_a_slug_that_can_not_be_or_is_taken_is_refused_in_a_sentence(larkfield, slug):
    answer = run("org", "create", "--name", "x", "--", slug)
    assert (answer.exit_code, "Traceback" in answer.output, Organization.objects.count()) == (2, False, 1)


def test_a_person_gets_a_link_that_signs_in_once(larkfield):
    printed = run("user", "create", "Ada@example.com", "--org", "larkfield", "--role", "member").output
    link = re.search(r"/sign-in/link/\S+", printed)[0]
    client = Client()
    assert client.post(link).status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(email="ada@example.com").pk)
    assert Client().post(link).status_code == 404
    assert AuditEntry.objects.filter(action="member.add").count() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("ada", "larkfield", "member"),
        ("ada@example.com", "nowhere", "member"),
        ("ada@example.com", "larkfield", "king"),
    ],
)
def test_an_address_an_organization_or_a_role_that_is_none_is_refused(larkfield, words):
    email, org, role = words
    assert run("user", "create", email, "--org", org, "--role", role).exit_code == 2
    assert not User.objects.exists()


def test_the_last_admin_is_not_made_less_from_here_either(ada):
    answer = run("user", "create", "ada@example.com", "--org", "larkfield", "--role", "viewer")
    assert (answer.exit_code, Membership.objects.get().role) == (2, Role.ORG_ADMIN)


def test_a_token_is_made_for_a_scope_and_listed_without_its_secret(ada):
    made = run(
        "token", "create", "--org", "larkfield", "--user", ada.email, "--name", "ci", "--scope", "run", "--days", "30"
    ).output.strip()
    token = ApiToken.objects.get()
    assert (token.scope, token.expires_at is not None, made.startswith(token.prefix)) == ("run", True, True)
    listed = run("token", "list", "--org", "larkfield").output
    assert ("ci" in listed, "never used" in listed, made in listed) == (True, True, False)


def test_a_scope_that_is_none_is_refused(ada):
    answer = run("token", "create", "--org", "larkfield", "--user", ada.email, "--name", "ci", "--scope", "all")
    assert (answer.exit_code, ApiToken.objects.exists()) == (2, False)
