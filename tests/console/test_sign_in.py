import pytest
from django.core.cache import cache
from django.test import Client

from console.models import SignInLink
from console.signing_in.auth import sign_in_link_create
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _no_earlier_tries():
    """Wrong passwords are counted in Redis, which outlives a test."""
    cache.clear()


@pytest.fixture
def person(db):
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    MembershipFactory(user=user, organization=ProjectFactory().organization)
    return user


def post(client: Client, **data):
    return client.post("/sign-in", {"email": "ada@example.com", "password": PASSWORD, **data})


def test_a_password_signs_in(client, person):
    assert post(client).status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("wrong", [{"password": "another"}, {"email": "nobody@example.com"}])
def test_a_wrong_and_an_unknown_one_get_the_same_answer(client, person, wrong):
    answer = post(client, **wrong)
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()


def test_an_inactive_person_is_not_signed_in(client, person):
    person.is_active = False
    person.save()
    assert post(client).status_code == 422


@pytest.mark.parametrize(
    ("target", "after"), [("/runs", "/runs"), ("https://evil.example/", "/"), ("//evil.example/", "/")]
)
def test_it_only_ever_goes_to_a_page_of_ours(client, person, target, after):
    assert post(client, next=target)["Location"] == after


def test_a_link_signs_in_once_and_only_on_the_button(client, person):
    url = f"/sign-in/link/{sign_in_link_create(user=person)}"
    assert client.get(url).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(url).status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)
    assert Client().post(url).status_code == 404


def test_a_link_is_stored_as_a_hash_alone(person):
    secret = sign_in_link_create(user=person)
    assert secret not in repr(SignInLink.objects.values())


def test_an_old_link_is_refused(client, person):
    secret = sign_in_link_create(user=person)
    SignInLink.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert client.get(f"/sign-in/link/{secret}").status_code == 404


def test_signing_out_takes_a_post(client, person):
    post(client)
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert "_auth_user_id" not in client.session
