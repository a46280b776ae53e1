import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.core.cache import cache
from django.test import Client
from typer.testing import CliRunner

from agents import credentials
from console.access import Role
from console.cli.main import app
from console.models import AuditEntry
from console.signing_in import second_factors
from console.signing_in.auth import sign_in_link_create
from tests.factories import MembershipFactory, UserFactory
from tests.support.answers import text

PASSWORD = "seven old brown kettles"
FACTOR = "/account/second-factor/"
OLD, NEW = "old:" + "A" * 43 + "=", "new:" + "B" * 42 + "A="

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempt_was_made_before():
    cache.clear()


@pytest.fixture
def person(project):
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    MembershipFactory(user=user, organization=project.organization, role=Role.MEMBER)
    return user


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code that an app shows, or will show some half-minutes from now."""
    return f"{hotp_value(secret, int(time.time()) // 30 + steps):06d}"


def by_password(client: Client):
    return client.post("/sign-in", {"email": "ada@example.com", "password": PASSWORD, "next": "/runs"})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def confirmed(person) -> Client:
    """Return a browser that is signed in and has just shown the password once more."""
    client = Client()
    by_password(client)
    answer = client.post(f"/account/confirm?next={FACTOR}totp/activate/", {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, f"{FACTOR}totp/activate/")
    return client


@pytest.fixture
def secret(confirmed) -> str:
    """Set an authenticator app up, and return the key in it."""
    secret = confirmed.get(f"{FACTOR}totp/activate/").context["form"].secret
    answer = confirmed.post(f"{FACTOR}totp/activate/", {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, f"{FACTOR}recovery-codes/")
    return secret


def test_changing_a_factor_takes_the_password_once_more(person):
    client = Client()
    by_password(client)
    answer = client.get(f"{FACTOR}totp/activate/")
    assert answer["Location"].startswith("/account/confirm")
    assert "Confirm that it is you" in text(client.get(answer["Location"]))
    wrong = client.post(answer["Location"], {"password": "wrong"})
    assert ("aria-invalid" in text(wrong), Authenticator.objects.exists()) == (True, False)


def test_a_wrong_code_sets_nothing_up(confirmed):
    answer = confirmed.post(f"{FACTOR}totp/activate/", {"code": "000000"})
    assert ("Incorrect code" in text(answer), Authenticator.objects.exists()) == (True, False)


def test_an_app_that_is_set_up_is_asked_for_after_the_password(secret):
    client = Client()
    answer = by_password(client)
    assert (answer["Location"], is_signed_in(client)) == (f"{FACTOR}authenticate/", False)
    assert "Second factor" in text(client.get(answer["Location"]))
    done = client.post(answer["Location"], {"code": code_of(secret, steps=1)})
    assert (done["Location"], is_signed_in(client)) == ("/runs", True)


def test_it_is_asked_for_after_a_link_too(secret, person):
    client = Client()
    answer = client.post(f"/sign-in/link/{sign_in_link_create(user=person)}")
    assert (answer["Location"], is_signed_in(client)) == (f"{FACTOR}authenticate/", False)


def test_a_wrong_code_signs_nobody_in(secret):
    client = Client()
    answer = client.post(by_password(client)["Location"], {"code": "000000"})
    assert ("Incorrect code" in text(answer), is_signed_in(client)) == (True, False)


def test_a_code_works_once(secret):
    code = code_of(secret, steps=1)
    first, second = Client(), Client()
    first.post(by_password(first)["Location"], {"code": code})
    second.post(by_password(second)["Location"], {"code": code})
    assert (is_signed_in(first), is_signed_in(second)) == (True, False)


def test_too_many_wrong_codes_are_slowed_down(secret):
    client = Client()
    for _ in range(10):
        where = by_password(client)["Location"] if not is_signed_in(client) else ""
        client.post(where, {"code": "000000"})
    client.post(by_password(client)["Location"], {"code": code_of(secret, steps=1)})
    assert not is_signed_in(client)


def test_half_a_sign_in_opens_no_page(secret):
    client = Client()
    by_password(client)
    assert client.get("/account")["Location"].startswith("/sign-in")
    assert client.get("/api/me").status_code == 401


def test_a_recovery_code_signs_in_once(secret, confirmed):
    code = confirmed.get(f"{FACTOR}recovery-codes/").context["unused_codes"][0]
    first, second = Client(), Client()
    first.post(by_password(first)["Location"], {"code": code})
    second.post(by_password(second)["Location"], {"code": code})
    assert (is_signed_in(first), is_signed_in(second)) == (True, False)
    assert "9 codes left" in text(first.get("/account"))


def test_recovery_codes_can_be_made_anew(secret, confirmed):
    before = confirmed.get(f"{FACTOR}recovery-codes/").context["unused_codes"]
    after = confirmed.post(f"{FACTOR}recovery-codes/generate/", follow=True).context["unused_codes"]
    assert set(before) & set(after) == set()


def test_the_app_is_taken_off_again(secret, confirmed):
    assert "Take the authenticator app off?" in text(confirmed.get(f"{FACTOR}totp/deactivate/"))
    assert confirmed.post(f"{FACTOR}totp/deactivate/", follow=True).redirect_chain[-1][0] == "/account"
    client = Client()
    by_password(client)
    assert (is_signed_in(client), Authenticator.objects.exists()) == (True, False)


def test_the_trail_says_what_was_changed_and_no_secret(secret):
    entries = AuditEntry.objects.filter(action="account.second_factor")
    assert {entry.after["factor"] for entry in entries} == {"totp", "recovery_codes"}
    assert secret not in repr(AuditEntry.objects.values())


def test_secrets_of_factors_lie_under_the_key_ring(secret):
    kept = repr(Authenticator.objects.values())
    assert (secret in kept, "v1:" in kept) == (False, True)


def test_factors_move_to_a_new_key_with_the_credentials(settings, monkeypatch, request):
    def use(*keys: str) -> None:
        settings.CALLBOARD_KEYS = ",".join(keys)
        monkeypatch.setattr(credentials, "_current", credentials._Current())

    use(OLD)
    secret = request.getfixturevalue("secret")
    use(NEW, OLD)
    assert [problem for _, problem in second_factors.rekey()] == ["", ""]
    assert list(second_factors.rekey()) == []
    use(NEW)
    client = Client()
    client.post(by_password(client)["Location"], {"code": code_of(secret, steps=1)})
    assert is_signed_in(client)


def test_the_account_page_says_what_is_set_up(secret, confirmed):
    page = text(confirmed.get("/account"))
    assert ("10 codes left" in page, f"{FACTOR}totp/deactivate/" in page) == (True, True)


def test_whoever_runs_the_machine_takes_lost_factors_off(secret):
    answer = CliRunner().invoke(app, ["user", "forget-factors", "Ada@example.com"])
    client = Client()
    by_password(client)
    assert (answer.output, is_signed_in(client)) == ("2 taken off.\n", True)
    assert AuditEntry.objects.get(action="member.forget_factors").before == {"factors": 2}
