"""The Pipeline Builder in a real browser: what scripts do there, and what they must not get in the way of."""

import pytest
from django.test import Client

from console.access import Actor, Role
from orchestration.models import Pipeline
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.agents import published_agent
from tests.support.browser import CLEAN, settling, state, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project():
    project = ProjectFactory()
    actor = Actor(organization_id=project.organization_id, label="Ada", roles={None: Role.ORG_ADMIN})
    published_agent(actor, name="hello-sandbox")
    return project


@pytest.fixture
def builder(live_server, settings, project):
    """Open the form of a new pipeline and call `act(page)`."""
    client: Client = client_as(project)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}

    def open_builder(act, **options):
        return visit(f"{live_server.url}/pipelines/new", act, cookies=cookies, **options)

    return open_builder


def press(page, act):
    """Press a button of the form and wait for its answer."""
    with settling(page):
        page.click(f'button[value="{act}"]:not([tabindex="-1"])')


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_pipeline_is_built_mended_and_published(builder, width, theme):
    def walk(page):
        page.fill("#id_name", "Triage")
        page.select_option("#f0-agent_id", label="hello-sandbox, version 1")
        page.click("summary:has-text('Models')")
        page.select_option("#f0-judge_model", label="Rules, no model")
        page.keyboard.press("Escape")
        press(page, "add-criterion:0")
        with settling(page):
            page.select_option("#f0-c-0-type", "regex")
        page.fill("#f0-c-0-value", "Kernel: (")
        press(page, "publish")
        told = page.inner_text(".cb-foot-words"), page.input_value("#f0-c-0-value"), state(page)
        page.fill("#f0-c-0-value", "Kernel")
        press(page, "publish")
        return told, page.inner_text("h1"), state(page)

    (words, typed, before), title, after = builder(walk, width=width, theme=theme)
    assert ("Answer, criterion 1" in words, typed, title) == (True, "Kernel: (", "Triage")
    assert (before, after) == (CLEAN, CLEAN)
    assert Pipeline.objects.get().latest.number == 1


def test_keys_move_a_field_and_focus_stays_where_it_was(builder):
    def move(page):
        press(page, "add:column")
        added = page.evaluate("document.activeElement.id")
        page.keyboard.type("Ticket")
        page.focus("#field-1 summary")
        page.keyboard.press("Enter")
        with settling(page):
            page.keyboard.press("Alt+ArrowUp")
        rows = page.eval_on_selector_all("[data-field]", "rows => rows.map(row => row.dataset.field)")
        return (
            added,
            rows,
            page.evaluate("document.activeElement.closest('[data-field]').id"),
            page.input_value("#f1-title"),
        )

    assert builder(move) == ("f1-title", ["1", "0"], "field-1", "Ticket")


def test_leaving_asks_first_once_something_was_changed(builder):
    def leave(page):
        page.on("dialog", lambda dialog: dialog.accept())
        press(page, "add:static")
        with page.expect_event("dialog") as asked:
            page.click(".cb-foot a:has-text('Cancel')")
        return [asked.value.type]

    assert builder(leave) == ["beforeunload"]


def test_it_works_without_scripts(live_server, settings, project):
    def walk(page):
        page.fill("#id_name", "Triage")
        page.click('button[value="add:column"]')
        page.fill("#f1-title", "Ticket")
        page.fill("#f1-key", "ticket")
        page.click('button[value="up:1"]')
        page.click('.cb-foot button[value="save"]')
        return page.inner_text("h1")

    cookies = {settings.SESSION_COOKIE_NAME: client_as(project).cookies[settings.SESSION_COOKIE_NAME].value}
    assert visit(f"{live_server.url}/pipelines/new", walk, cookies=cookies, scripts=False) == "Triage"
    assert [field["key"] for field in Pipeline.objects.get().draft["fields"]] == ["ticket", "answer"]


def test_what_is_typed_while_a_part_is_fetched_is_kept(builder):
    def walk(page):
        press(page, "add-criterion:0")
        page.evaluate(_SLOW_REQUESTS)
        with settling(page):
            page.select_option("#f0-c-0-type", "regex")
            page.fill("#f0-c-0-value", "Kernel")
            page.check("#f0-axis-behavior")
        return (
            page.get_attribute("#f0-c-0-value", "aria-label"),
            page.input_value("#f0-c-0-value"),
            page.is_checked("#f0-axis-behavior"),
        )

    assert builder(walk) == ("Pattern of criterion 1", "Kernel", True)


_SLOW_REQUESTS = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...body) { setTimeout(() => send.apply(this, body), 500); };
}"""
