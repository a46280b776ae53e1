"""What every answer says to the browser about itself."""

import os
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from console.signing_in.auth import sign_in_link_create
from tests.console.tenancy.conftest import browser_of, token_of, world
from tests.console.tenancy.routes import addresses, operations, pages
from tests.console.web.conftest import texts_of

__all__ = ["world"]


@pytest.fixture
def answers(world):
    """The answer to every page, by its address: as its owner sees it, as a stranger to all does, and to nobody."""
    found = {}
    for client, name in ((browser_of(world.owner), "owner"), (browser_of(None), "nobody")):
        for route in pages():
            for url in addresses(route.pattern, world):
                found[name, url] = client.get(url)
    found["owner", "/no-such-page"] = browser_of(world.owner).get("/no-such-page")
    found["nobody", "/no-such-page"] = browser_of(None).get("/no-such-page")
    return found


def policy(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def test_every_answer_forbids_all_that_it_does_not_need(answers):
    for place, answer in answers.items():
        said = policy(answer)
        assert said["default-src"] == ["'none'"], place
        assert "unsafe" not in answer["Content-Security-Policy"], place
        assert "*" not in answer["Content-Security-Policy"], place
        if "sandbox" not in said:
            assert said["frame-ancestors"] == said["base-uri"] == said["object-src"] == ["'none'"], place
            assert {source for source in said["script-src"] if not source.startswith("'nonce-")} == {"'self'"}, place
            assert said["style-src"] == said["form-action"] == ["'self'"], place


def test_every_answer_is_kept_by_nobody_and_guessed_at_by_no_browser(answers):
    for place, answer in answers.items():
        assert answer["Cache-Control"] == "private, no-store", place
        assert answer["X-Content-Type-Options"] == "nosniff", place
        assert answer["X-Frame-Options"] == "DENY", place
        assert answer["Referrer-Policy"] == "same-origin", place
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", place
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", place


def test_no_answer_lets_pages_of_other_origins_read_it(answers, world):
    strange = browser_of(world.owner).get("/api/me", headers={"Origin": "https://evil.example"})

    assert [place for place, answer in answers.items() if "Access-Control-Allow-Origin" in answer] == []
    assert "Access-Control-Allow-Origin" not in strange


def test_every_answer_of_the_api_is_json_or_a_download_and_kept_by_nobody(world):
    client = Client(headers={"Authorization": f"Bearer {token_of(world.owner)}"}, raise_request_exception=False)
    for operation in operations():
        for url in addresses(operation.path, world) if operation.is_reading else ():
            answer = client.get(url)
            is_download = answer.get("Content-Disposition", "").startswith("attachment")
            assert is_download or answer["Content-Type"].startswith("application/json"), url
            assert answer["Cache-Control"] == "private, no-store", url
            assert answer["X-Content-Type-Options"] == "nosniff", url


def test_a_download_can_do_nothing_when_it_is_opened(world):
    downloads = ["/runs/export?format=csv", "/runs/export?format=jsonl"]
    downloads += [f"/pipelines/{world.pipeline.public_id}/template.csv"]
    for url in downloads:
        answer = browser_of(world.owner).get(url)
        assert answer["Content-Disposition"].startswith("attachment; filename="), url
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'", url
        assert answer["X-Content-Type-Options"] == "nosniff", url


class Inline(HTMLParser):
    """Finds what a policy without exceptions would stop: scripts and styles in the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        is_data = given.get("type", "") in {"application/json", "importmap"} or "nonce" in given
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [value for value in given.values() if (value or "").strip().lower().startswith("javascript:")]


def test_no_page_has_a_script_or_a_style_of_its_own(answers):
    for place, text in texts_of(answers).items():
        parser = Inline()
        parser.feed(text)
        assert parser.found == [], place


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(world):
    answer = Client().post(f"/sign-in/link/{sign_in_link_create(user=world.owner)}")

    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]


SHOW = """
import django
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS)
print(s.SECURE_PROXY_SSL_HEADER, s.USE_X_FORWARDED_HOST, s.ALLOWED_HOSTS, s.CALLBOARD_ORIGINS)
"""


@pytest.fixture(scope="module")
def behind_https() -> str:
    """What the settings are of an instance that browsers reach by https, through one proxy."""
    env = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "CALLBOARD_PROXIES": "1",
        "CALLBOARD_URL": "https://callboard.example.com",
    }  # fmt: skip
    shown = subprocess.run([sys.executable, "-c", SHOW], env=env, capture_output=True, text=True, check=True)
    return shown.stdout


def test_by_https_cookies_are_for_this_host_alone_and_browsers_are_told_to_stay_with_it(behind_https):
    assert behind_https.splitlines()[0] == "__Host-session True __Host-csrf True 31536000"
    assert "('HTTP_X_FORWARDED_PROTO', 'https') False ['callboard.example.com'" in behind_https


def test_without_a_proxy_of_ours_nobody_is_believed_who_says_that_it_was_https(client, db):
    assert settings.SECURE_PROXY_SSL_HEADER is None
    assert "Strict-Transport-Security" not in client.get("/sign-in", headers={"X-Forwarded-Proto": "https"})


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "a b", ""])
@pytest.mark.parametrize("path", ["/sign-in", "/api/me"])
def test_a_host_that_is_not_ours_is_refused(client, db, host, path):
    assert client.get(path, headers={"Host": host}).status_code == 400


def test_a_host_that_a_proxy_is_said_to_have_seen_is_not_believed(client, db):
    answer = client.get("/agents", headers={"X-Forwarded-Host": "evil.example"})

    assert "evil.example" not in answer["Location"]
