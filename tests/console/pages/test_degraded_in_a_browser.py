"""An open page says what is away, when it has been for a while, and stops when it is back."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from console.ops import health
from tests.factories import MembershipFactory
from tests.support.browser import barriers, overflow, refused, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: One round of the page's looking.
ROUND_MS = 15_000


@pytest.fixture
def parts(monkeypatch) -> list[health.Part]:
    parts = [health.Part("web"), health.Part("broker", "The broker does not answer.")]
    monkeypatch.setattr("console.views.health.parts", lambda: parts)
    return parts


def test_an_open_page_says_what_is_away_and_stops_when_it_is_back(live_server, settings, project, parts):
    client = Client()
    client.force_login(MembershipFactory(organization=project.organization).user)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}

    def look(page: Page) -> None:
        page.clock.install()
        page.reload()
        words = page.locator("[data-degraded]")
        with page.expect_response("**/healthz"):
            page.clock.run_for(ROUND_MS)
        expect(words).to_be_hidden()
        page.clock.run_for(ROUND_MS)
        expect(words).to_contain_text("The broker does not answer. What was started is kept")
        assert (refused(page), overflow(page), barriers(page)) == ([], 0, [])
        parts[:] = [health.Part("web")]
        page.clock.run_for(ROUND_MS)
        expect(words).to_be_hidden()

    visit(f"{live_server.url}/runs", look, cookies=cookies)
