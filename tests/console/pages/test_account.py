import pytest
from django.test import Client

from console.access import Role
from console.display.devices import device_of
from console.models import AuditEntry, BrowserSession
from console.signing_in.sessions import SessionStore
from tests.console.pages.conftest import client_as
from tests.factories import MembershipFactory
from tests.support.answers import text

ACCOUNT = "/account"
OLD, NEW = "seven old brown kettles", "eleven new green lamps"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def person(project):
    user = MembershipFactory(organization=project.organization, role=Role.VIEWER, project=project).user
    user.set_password(OLD)
    user.save()
    return user


@pytest.fixture
def browse(person):
    """Sign in with another browser."""

    def sign_in(password=OLD) -> Client:
        client = Client(headers={"user-agent": FIREFOX})
        assert client.post("/sign-in", {"email": person.email, "password": password}).status_code == 302
        return client

    return sign_in


def is_signed_in(client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def other_session(client, settings):
    own = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value).key_hash
    return BrowserSession.objects.exclude(key_hash=own).get()


def test_it_shows_each_browser_one_is_signed_in_with(browse, project):
    client_as(project)
    here, _ = browse(), browse()
    page = text(here.get(ACCOUNT))
    assert (page.count("Firefox on Linux<"), page.count("This browser"), "127.0.0.1" in page) == (2, 1, True)


def test_one_browser_is_signed_out_from_another(browse, settings):
    here, there = browse(), browse()
    answer = here.post(f"{ACCOUNT}/sessions/{other_session(here, settings).public_id}/end", follow=True)
    assert answer.redirect_chain == [(ACCOUNT, 303)]
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)
    assert AuditEntry.objects.get().action == "session.end"


def test_signing_out_everywhere_ends_every_session(browse):
    here, there = browse(), browse()
    assert here.post(f"{ACCOUNT}/sessions/end")["Location"] == "/sign-in"
    assert (is_signed_in(here), is_signed_in(there)) == (False, False)
    assert AuditEntry.objects.get().before == {"sessions": 2}


def test_somebody_elses_session_is_not_there(browse, project, settings):
    other = client_as(project)
    answer = browse().post(f"{ACCOUNT}/sessions/{BrowserSession.objects.earliest('pk').public_id}/end")
    assert (answer.status_code, is_signed_in(other)) == (404, True)


def test_a_changed_password_signs_the_other_browsers_out(browse, person):
    here, there = browse(), browse()
    answer = here.post(f"{ACCOUNT}/password", {"current": OLD, "new": NEW}, follow=True)
    assert "The password is changed" in text(answer)
    assert (is_signed_in(here), is_signed_in(there), is_signed_in(browse(NEW))) == (True, False, True)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == ("account.password", {}, {})


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"current": "wrong", "new": NEW}, "not your present password"),
        ({"current": OLD, "new": "short"}, "too short"),
        ({"current": OLD, "new": "password1234"}, "too common"),
    ],
)
def test_a_password_is_changed_only_by_its_owner_and_for_a_strong_one(browse, person, sent, words):
    answer = browse().post(f"{ACCOUNT}/password", sent)
    person.refresh_from_db()
    assert (answer.status_code, words in text(answer), person.check_password(OLD)) == (422, True, True)


def test_who_has_no_password_sets_a_first_one(project):
    client = client_as(project, Role.MEMBER)
    person = BrowserSession.objects.get().user
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    assert "You have none yet" in text(client.get(ACCOUNT))
    assert client.post(f"{ACCOUNT}/password", {"new": NEW}).status_code == 303
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_a_name_is_changed(browse, person):
    before = person.name
    assert "now called Ada" in text(browse().post(f"{ACCOUNT}/name", {"name": " Ada "}, follow=True))
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"name": before}, {"name": "Ada"})


@pytest.mark.parametrize("name", ["", "x" * 256, "nul\0"])
def test_a_name_that_can_not_be_is_refused(browse, name):
    assert browse().post(f"{ACCOUNT}/name", {"name": name}).status_code == 422


@pytest.mark.parametrize("path", ["/name", "/password", "/sessions/end"])
def test_wrong_methods_are_refused(browse, path):
    client = browse()
    assert (client.get(ACCOUNT + path).status_code, client.post(ACCOUNT).status_code) == (405, 405)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5", "curl"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(user_agent, words):
    assert device_of(user_agent) == words
