import pytest
from django.test import Client

from tests.factories import MembershipFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(**fields):
    project = ProjectFactory()
    user = UserFactory(**fields)
    MembershipFactory(user=user, organization=project.organization)
    client = Client()
    client.force_login(user)
    return client


def test_a_superuser_sees_the_parts():
    answer = signed_in(is_superuser=True).get("/parts")
    assert answer.status_code == 200
    assert "Callboard, the parts" in answer.content.decode()


@pytest.mark.parametrize("client", [Client, signed_in])
def test_nobody_else_learns_that_they_exist(client):
    assert client().get("/parts").status_code == 404


def test_with_debug_a_developer_sees_them_without_signing_in(settings):
    settings.DEBUG = True
    assert Client().get("/parts").status_code == 200


def test_no_page_carries_a_style_or_a_script_of_its_own(settings):
    settings.DEBUG = True
    body = Client().get("/parts").content.decode()
    assert " style=" not in body
    assert "<style" not in body
    assert "<script>" not in body
    assert " onclick=" not in body
