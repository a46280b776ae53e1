"""Tools, topics and prompt agents as somebody meets them in a real browser."""

import pytest

from agents.llm.catalogue import RULES
from agents.llm.routing import routes_of
from agents.models import Agent, Tool
from tests.support.browser import CLEAN, settling, state
from tests.support.web_server import Answer, WebServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def put(page, field, text):
    """Put a text into the editor of a field, as a paste does."""
    editor = page.locator(f"[data-editor]:has(#id_{field})")
    editor.locator(".ace_content").wait_for()
    editor.evaluate("(place, text) => place.editor.setValue(text, 1)", text)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_tool_is_added_and_tried_in_place(open_page, settings, width, theme):
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}"]
        server.script([Answer(200, b'{"state": "wide open"}')])

        def add_and_try(page):
            page.fill("#id_name", "desk")
            page.fill("#id_url", server.url + "/{{id}}")
            put(page, "body", '{"title": "{{title}}"}')
            form = state(page)
            with settling(page):
                page.click("button.btn-primary:has-text('Add tool')")
            put(page, "input", '{"id": 7, "title": "Slow"}')
            with settling(page):
                page.click("text=Call it")
            return form, page.inner_text("#tried"), state(page)

        form, answer, shown = open_page("tool-new", add_and_try, width=width, theme=theme)
    assert ("It answered" in answer, "wide open" in answer) == (True, True)
    assert (form, shown) == (CLEAN, CLEAN)
    assert (server.requests[0].path, server.requests[0].body) == ("/7", b'{"title": "Slow"}')
    assert Tool.objects.get().name == "desk"


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_a_prompt_agent_shows_its_own_fields_alone(open_page, width, theme):
    def register(page):
        page.fill("#id_name", "asker")
        page.click(".cb-segments label:has-text('Prompt')")
        seen = [page.is_visible(f"#id_{name}") for name in ("instructions", "topic", "entrypoint", "network")]
        page.fill("#id_instructions", "Be brief.")
        form = state(page)
        with settling(page):
            page.click("button:visible:text-is('Save and publish')")
        return seen, form, page.inner_text("h1"), state(page)

    seen, form, title, shown = open_page("agent-new", register, width=width, theme=theme)
    assert (seen, title) == ([True, True, False, False], "asker")
    assert (form, shown) == (CLEAN, CLEAN)
    assert Agent.objects.get().latest.spec["instructions"] == "Be brief."


def test_a_topic_is_added_and_removed(open_page, project):
    def route(page):
        page.fill("#id_topic", "Review")
        page.select_option("#id_model", RULES)
        with settling(page):
            page.click("text=Add topic")
        added = page.input_value("[aria-label='Model of review']"), state(page)
        with settling(page):
            page.click("[aria-label='Remove the topic review']")
        return added

    assert open_page("settings-models", route) == (RULES, CLEAN)
    assert routes_of(project.organization_id) == {}
