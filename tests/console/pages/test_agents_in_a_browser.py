"""Agents and models as somebody meets them in a real browser: the editor, the files, the answer of a test in place."""

import pytest

from agents.models import Agent, ModelEndpoint, Provider
from tests.support.browser import CLEAN, settling, state
from tests.support.model_server import ModelServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = "from tools.words import greet\n\n\ndef run(task_input, *, proxy_url, run_token):\n    return greet()\n"


def type_code(page, code):
    """Put code into the editor that is seen, as a paste does."""
    page.wait_for_selector(".ace_content:visible")
    page.locator("[data-editor]:visible").evaluate("(place, code) => place.editor.setValue(code, 1)", code)


def save_and_publish(page):
    with settling(page):
        page.click("button:visible:text-is('Save and publish')")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_an_agent_of_several_files_is_registered_and_mended(open_page, width, theme):
    def register(page):
        page.fill("#id_name", "greeter")
        page.click("label:has-text('Multiple files')")
        type_code(page, CODE)
        page.click("text=Add file")
        page.fill("[data-file-path]:visible", "../tools/words.py")
        type_code(page, "def greet():\n    return 'hello'\n")
        save_and_publish(page)
        told = page.inner_text(".cb-foot-words"), state(page)
        page.fill("[data-file-path]:visible", "tools/words.py")
        save_and_publish(page)
        return told, page.inner_text("h1"), state(page)

    (words, before), title, after = open_page("agent-new", register, width=width, theme=theme)
    assert ("../tools/words.py" in words, title) == (True, "greeter")
    assert (before, after) == (CLEAN, CLEAN)
    assert Agent.objects.get().latest.spec["source"]["files"]["tools/words.py"].startswith("def greet")


def test_a_model_is_tested_in_place(open_page, project):
    with ModelServer() as server:
        ModelEndpoint.objects.create(
            organization=project.organization, display_name="Ours", provider=Provider.OPENAI_COMPATIBLE,
            model_id="ours", base_url=server.openai_url,
        )  # fmt: skip

        def press(page):
            with page.expect_response("**/test", timeout=60_000):
                page.click("[aria-label='Test Ours']")
            page.wait_for_selector("text=OK")
            return page.url.rpartition("/")[2], state(page)

        assert open_page("settings-models", press) == ("models", CLEAN)
    assert ModelEndpoint.objects.get().test_latency_ms is not None
