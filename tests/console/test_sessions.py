from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from console.models import BrowserSession
from console.signing_in.visitors import address_of
from console.tasks import clear_sessions
from tests.factories import MembershipFactory, ProjectFactory

PAGE = "/settings/tokens"


@pytest.fixture
def user(db):
    return MembershipFactory(organization=ProjectFactory().organization).user


@pytest.fixture
def client(user) -> Client:
    client = Client(headers={"user-agent": "Firefox"})
    client.force_login(user)
    client.get(PAGE)
    return client


def is_signed_in(client) -> bool:
    return client.get(PAGE).status_code == 200


def move_back(**columns):
    """Make the one session older than it is."""
    row = BrowserSession.objects.get()
    BrowserSession.objects.update(**{name: getattr(row, name) - span for name, span in columns.items()})


def test_the_key_of_a_session_is_kept_as_a_hash_alone(client, settings):
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert key not in repr(BrowserSession.objects.values())


def test_a_session_ends_at_its_age_however_busy_it_is(client):
    assert is_signed_in(client)
    move_back(expires_at=timedelta(hours=13))
    assert not is_signed_in(client)


def test_a_session_ends_when_nothing_was_asked_for_too_long(client):
    move_back(seen_at=timedelta(minutes=121))
    assert not is_signed_in(client)


def test_a_request_puts_the_end_by_idleness_off(client):
    move_back(seen_at=timedelta(minutes=119))
    assert is_signed_in(client)
    assert timezone.now() - BrowserSession.objects.get().seen_at < timedelta(minutes=1)


def test_a_request_right_after_another_writes_nothing(client):
    before = BrowserSession.objects.get().seen_at
    client.get(PAGE)
    assert BrowserSession.objects.get().seen_at == before


def test_a_deleted_session_is_over_at_once_and_does_not_come_back(client):
    BrowserSession.objects.all().delete()
    assert not is_signed_in(client)
    assert not BrowserSession.objects.exists()


def test_ended_sessions_are_cleared_and_live_ones_kept(client, user):
    other = Client()
    other.force_login(user)
    BrowserSession.objects.filter(pk=BrowserSession.objects.order_by("pk")[0].pk).update(
        seen_at=timezone.now() - timedelta(days=1)
    )
    clear_sessions()
    assert (BrowserSession.objects.count(), is_signed_in(other)) == (1, True)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "no address", None),
    ],
)
def test_only_what_our_own_proxies_added_is_believed(settings, proxies, forwarded, address):
    settings.CALLBOARD_PROXIES = proxies
    assert address_of(RequestFactory().get("/", headers={"x-forwarded-for": forwarded})) == address
