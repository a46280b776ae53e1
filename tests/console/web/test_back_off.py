import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisGone

from console.signing_in import back_off
from console.signing_in.back_off import ACCOUNT, ADDRESS, Guard, TooManyTries, wait_after
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

PASSWORD = "a long enough password"
WRONG = "another"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock(monkeypatch):
    """The time as the guard sees it, and a function that lets it pass."""
    now = [1_000_000.0]
    monkeypatch.setattr(back_off.time, "time", lambda: now[0])
    return now


@pytest.fixture
def person(db):
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    MembershipFactory(user=user, organization=ProjectFactory().organization)
    return user


def sign_in(password: str = WRONG, email: str = "ada@example.com", address: str = "192.0.2.1"):
    return Client(REMOTE_ADDR=address).post("/sign-in", {"email": email, "password": password})


@given(tries=st.integers(0, 10_000), limit=st.sampled_from([ACCOUNT, ADDRESS]))
def test_each_wrong_try_waits_at_least_as_long_as_the_one_before_and_never_for_good(tries, limit):
    assert wait_after(tries, limit) <= wait_after(tries + 1, limit) <= limit.longest_seconds
    assert (wait_after(tries, limit) == 0) == (tries < limit.free)


def test_after_some_wrong_passwords_one_has_to_wait_and_is_told_how_long(person, clock):
    assert [sign_in().status_code for _ in range(ACCOUNT.free)] == [422] * ACCOUNT.free

    answer = sign_in()

    assert answer.status_code == 429
    assert answer["Retry-After"] == "3"
    assert "Too many tries. Try again in 3 seconds." in answer.content.decode()


def test_who_has_to_wait_is_not_let_in_with_the_right_password_either(person, clock):
    for _ in range(ACCOUNT.free):
        sign_in()

    assert sign_in(PASSWORD).status_code == 429
    clock[0] += 3
    assert sign_in(PASSWORD).status_code == 302


def test_signing_in_forgets_the_wrong_tries_of_the_account(person, clock):
    for _ in range(ACCOUNT.free - 1):
        sign_in()
    assert sign_in(PASSWORD).status_code == 302

    assert [sign_in().status_code for _ in range(ACCOUNT.free - 1)] == [422] * (ACCOUNT.free - 1)


def test_the_wait_grows_with_each_wrong_try_after_it(person, clock):
    waits = []
    for _ in range(ACCOUNT.free + 3):
        clock[0] += 1_000
        sign_in()
        waits.append(int(sign_in().headers.get("Retry-After", 0)) if len(waits) >= ACCOUNT.free - 1 else 0)
    grown = waits[ACCOUNT.free - 1 :]
    assert grown == sorted(set(grown))


def test_an_account_that_is_not_there_waits_just_the_same(person, clock):
    def answers(email):
        found = [sign_in(email=email, address=f"192.0.2.{number}") for number in range(1, ACCOUNT.free + 2)]
        return [(answer.status_code, answer.headers.get("Retry-After")) for answer in found]

    assert answers("ada@example.com") == answers("nobody@example.com")


def test_trying_one_password_on_many_accounts_is_slowed_down_by_the_address(person, clock):
    statuses = [sign_in(email=f"person{number}@example.com").status_code for number in range(ADDRESS.free + 1)]

    assert statuses == [422] * ADDRESS.free + [429]
    assert sign_in(PASSWORD, address="192.0.2.77").status_code == 302


def test_one_network_of_version_6_counts_as_one_address(clock):
    for number in range(ADDRESS.free):
        Guard(f"person{number}@example.com", f"2001:db8::{number:x}").count()

    with pytest.raises(TooManyTries):
        Guard("another@example.com", "2001:db8::ffff").count()
    Guard("another@example.com", "2001:db8:0:1::1").count()


def test_spelling_an_account_otherwise_is_no_new_account(clock):
    for spelling in ["ada@example.com", "ADA@example.com", " ada@Example.com ", "ada@example.com", "ada@example.com"]:
        Guard(spelling, None).count()

    with pytest.raises(TooManyTries):
        Guard("Ada@example.com", None).count()


def test_without_redis_people_still_sign_in(person, monkeypatch, caplog):
    def gone(*_arguments, **_options):
        raise RedisGone("no redis")

    monkeypatch.setattr(back_off.cache, "get_many", gone)

    assert sign_in(PASSWORD).status_code == 302
    assert "not counted" in caplog.text


def test_no_key_in_the_cache_says_whose_it_is(person):
    sign_in()

    keys = b" ".join(cache._cache.get_client().keys("*"))
    assert b"tries" in keys
    assert b"ada" not in keys
    assert b"192.0.2" not in keys
