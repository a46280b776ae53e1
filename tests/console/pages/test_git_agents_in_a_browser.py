"""The git part of an agent's form as somebody meets it in a real browser: only what is chosen shows."""

import pytest
from django.urls import reverse

from agents.credentials import reveal
from agents.models import Agent
from agents.services.git_tokens import own_token
from tests.support.browser import CLEAN, settling, state

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

URL = "https://github.com/acme/agent.git"
TOKEN = "ghp_0123456789abcdefABCDEF"


def shown(page):
    fields = ("git_url", "git_ref", "git_credential", "git_token", "entrypoint_file", "code")
    return {field for field in fields if page.locator(f"#id_{field}").is_visible()}


def choose(page, words):
    page.click(f"label:visible:has-text('{words}')")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_a_repository_is_registered_and_its_token_kept_or_rotated(open_page, width, theme):
    def register(page):
        page.fill("#id_name", "cloned")
        choose(page, "Git repository")
        seen = [shown(page)]
        page.fill("#id_git_url", URL)
        choose(page, "From credential")
        seen.append(shown(page))
        choose(page, "Inline token")
        seen.append(shown(page))
        page.fill("#id_git_token", TOKEN)
        before = state(page)
        with settling(page):
            page.locator("button:visible:text-is('Save draft')").last.click()
        return seen, before, state(page), page.content()

    seen, before, after, content = open_page(reverse("agent-new"), register, width=width, theme=theme)
    always = {"git_url", "git_ref", "entrypoint_file"}
    assert seen == [always, always | {"git_credential"}, always | {"git_token"}]
    assert (before, after) == (CLEAN, CLEAN)
    assert URL in content
    agent = Agent.objects.get()
    assert reveal(own_token(agent)) == TOKEN

    def rotate(page):
        kept = shown(page)
        choose(page, "Rotate it")
        return kept, shown(page), page.input_value("#id_git_token"), TOKEN in page.content(), state(page)

    edit = reverse("agent-edit", args=[agent.public_id])
    assert open_page(edit, rotate, width=width, theme=theme) == (always, always | {"git_token"}, "", False, CLEAN)


def test_without_a_script_the_parts_of_the_form_show_as_well(open_page):
    def look(page):
        choose(page, "Git repository")
        return shown(page)

    assert open_page(reverse("agent-new"), look, scripts=False) == {"git_url", "git_ref", "entrypoint_file"}
