import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from typer.testing import CliRunner

from console.access import Role
from console.cli.main import app
from console.embedded import up
from console.models import AuditEntry, Membership, Organization, Project, SetUpLink, User
from console.services.first_run import set_up_link_create
from orchestration.models import Pipeline
from tests.factories import OrganizationFactory, UserFactory

FORM = {
    "organization": "Larkfield & Söhne",
    "name": "Ada",
    "email": "Ada@Example.com",
    "password": "seven old brown kettles",
}

pytestmark = pytest.mark.django_db


def path() -> str:
    return f"/set-up/{set_up_link_create()}"


def test_the_link_makes_the_first_organization_and_signs_its_admin_in():
    client, link = Client(), path()
    assert client.get(link).status_code == 200
    assert client.post(link, FORM).status_code == 302
    admin, organization = User.objects.get(), Organization.objects.get()
    assert (organization.slug, organization.name) == ("larkfield-sohne", FORM["organization"])
    assert (admin.email, admin.is_superuser, admin.check_password(FORM["password"])) == ("ada@example.com", True, True)
    assert Membership.objects.get().role == Role.ORG_ADMIN
    assert (Project.objects.count(), AuditEntry.objects.earliest("pk").action) == (1, "organization.create")
    assert Pipeline.objects.filter(draft__has_key="preset").count() == 3
    assert client.get("/settings/organization").status_code == 200


def test_the_link_works_once_and_is_kept_as_a_hash():
    link = path()
    assert link.rpartition("/")[2] not in repr(SetUpLink.objects.values())
    Client().post(link, FORM)
    assert (Client().get(link).status_code, Client().post(link, {**FORM, "email": "eve@x.org"}).status_code) == (
        404,
        404,
    )
    assert User.objects.count() == 1


def test_a_new_link_takes_the_place_of_an_earlier_one():
    first, second = path(), path()
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)


def test_a_link_ends_by_its_age():
    link = path()
    SetUpLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert Client().post(link, FORM).status_code == 404


def test_an_instance_that_is_set_up_can_not_be_set_up_again():
    link = path()
    OrganizationFactory()
    assert Client().post(link, FORM).status_code == 404
    answer = CliRunner().invoke(app, ["set-up"])
    assert (answer.exit_code, "set up already" in answer.output) == (2, True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"organization": ""}, "Use 1 to 255"),
        ({"name": " "}, "Use 1 to 255"),
        ({"email": "ada"}, "Write an e-mail"),
        ({"password": "admin"}, "too short"),
    ],
)
def test_what_can_not_be_is_said_at_its_field_and_nothing_is_made(wrong, words):
    answer = Client().post(path(), {**FORM, **wrong})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_an_address_that_has_an_account_is_refused():
    UserFactory(email="ada@example.com")
    assert Client().post(path(), FORM).status_code == 422


def test_the_command_line_prints_a_link_for_an_instance_without_a_demo():
    printed = CliRunner().invoke(app, ["set-up"]).output
    assert Client().get(re.search(r"/set-up/\S+", printed)[0]).status_code == 200


def test_a_start_without_anybody_prints_the_way_to_the_set_up():
    assert "/set-up/" in up._way_in(None)
    OrganizationFactory()
    assert "callboard user create" in up._way_in(None)
