"""Pipelines of stages and nodes in a real browser: defining, running, deciding, and running again."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client

from console.access import Actor
from orchestration.models import Dialect, Pipeline, Run
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.browser import CLEAN, settling, state, visit
from tests.support.graphs import ASKING, CHECKED, GATED, carried_out, published, routed, started

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])


def state_at_its_end(page):
    # To where nothing is covered by what sticks to the window's edge: the head at the top, a form's foot at the end.
    page.evaluate("scrollTo(0, document.querySelector('.cb-foot') ? document.body.scrollHeight : 0)")
    return state(page)


def in_another_thread(act, *args, **options):
    """Do something with the database while Playwright's event loop holds this thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_closing, act, args, options).result()


def _closing(act, args, options):
    try:
        return act(*args, **options)
    finally:
        connection.close()


@pytest.fixture
def place(live_server, settings):
    """A project whose topics the rules work on; return an actor, the project and a way to open its pages."""
    project = ProjectFactory()
    client: Client = client_as(project)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    admin = Actor.platform(project.organization_id, label="Ada")
    routed(admin)

    def open_page(path, act, **options):
        return visit(f"{live_server.url}{path}", act, cookies=cookies, **options)

    return admin, project, open_page


def press(page, act):
    """Press a button of the stages editor and wait for its answer."""
    with settling(page):
        page.click(f'button[value="{act}"]:not([tabindex="-1"])')


def run_url(run):
    return f"/runs/{run.public_id}"


@SIZES
def test_stages_are_written_published_and_run(place, width, theme):
    _, _, open_page = place

    def walk(page):
        page.fill("#id_name", "Deployment")
        page.fill("#s0-name", "Build")
        page.fill("#s0-topic", "coding")
        page.check("#s0-gate")
        press(page, "add")
        page.fill("#s1-name", "Check")
        page.fill("#s1-topic", "review")
        page.check("#s1-qa")
        page.select_option("#s1-target", label="1. Build")
        press(page, "add-parameter")
        page.fill("#p0-key", "region")
        before = state_at_its_end(page)
        with page.expect_navigation():
            page.click('.cb-foot button[value="publish"]')
        drawn = page.locator(".cb-graph-picture .cb-node-name").all_inner_texts()
        shown = state_at_its_end(page)
        with page.expect_navigation():
            page.click("text=Start a run")
        page.fill("#input-0", "the site")
        form = state_at_its_end(page)
        with page.expect_navigation():
            page.click("text=Start run")
        return before, drawn, shown, form, page.inner_text("h1"), state_at_its_end(page)

    before, drawn, shown, form, title, after = open_page("/pipelines/new/stages", walk, width=width, theme=theme)
    assert (drawn, title) == (["Build", "Gate after Build", "Check"], "the site")
    assert [before, shown, form, after] == [CLEAN] * 4
    assert Run.objects.get().input == {"description": "the site", "params": {"region": None}}


def test_stages_are_dragged_and_moved_by_keys_with_what_refers_to_them(place):
    admin, project, open_page = place
    write, check = CHECKED["stages"]
    definition = {"stages": [write, {**check, "retryTargetStage": 0}]}
    pipeline = published(admin, project, Dialect.STAGES, definition, "Checked")

    def names(page):
        return page.locator("[data-field] summary .cb-name").all_inner_texts()

    def walk(page):
        with settling(page):
            page.locator("#field-1 [data-grip]").drag_to(page.locator("#field-0"), target_position={"x": 200, "y": 2})
        dragged = names(page)
        page.focus("#field-1 summary")
        with settling(page):
            page.keyboard.press("Alt+ArrowDown")
        moved = names(page)
        page.click("#field-1 summary")
        return dragged, moved, page.input_value("#s1-target")

    dragged, moved, target = open_page(f"/pipelines/{pipeline.public_id}/edit", walk)
    assert (dragged, moved, target) == (["Check", "Write"], ["Write", "Check"], "0")


@SIZES
def test_a_definition_is_written_as_json_with_its_problems_at_their_lines(place, width, theme):
    _, _, open_page = place

    def walk(page):
        page.wait_for_selector(".ace_content")
        page.fill("#id_name", "Graph")
        page.evaluate("""() => document.querySelector("[data-editor]").editor.setValue(
            '{\\n "nodes": [\\n  {"id": "a", "type": "nothing"}\\n ],\\n "edges": []\\n}', -1)""")
        with page.expect_navigation():
            page.click('button[value="check"]')
        page.wait_for_selector(".ace_gutter-cell.ace_error, .ace_gutter-cell_svg-icons .ace_error, .ace_error")
        page.click("a[data-line]")
        line = page.evaluate("document.querySelector('[data-editor]').editor.getCursorPosition().row + 1")
        return (
            line,
            page.inner_text(".cb-definition-problems"),
            page.locator(".cb-node-problems").count(),
            state_at_its_end(page),
        )

    line, said, marked, after = open_page("/pipelines/new/nodes", walk, width=width, theme=theme)
    assert (line, "There is no type of node" in said, marked, after) == (3, True, 1, CLEAN)


@SIZES
@pytest.mark.parametrize(("button", "last"), [("Approve", "Done"), ("Skip Deploy", "Done"), ("Stop run", "Queued")])
def test_a_gate_is_decided_on_the_page(place, width, theme, button, last):
    admin, project, open_page = place
    run = started(admin, published(admin, project, Dialect.STAGES, GATED, "Deployment"), description="the site")

    def walk(page):
        before = state_at_its_end(page)
        page.fill("[name=comment]", "Seen")
        with page.expect_navigation():
            page.click(f".cb-decision button:has-text('{button}')")
        in_another_thread(carried_out, run)
        page.reload()
        page.wait_for_selector(".cb-graph-picture")
        nodes = page.locator(".cb-graph-picture .cb-node")
        return before, nodes.last.get_attribute("title"), page.inner_text("#run-left"), state_at_its_end(page)

    before, title, left, after = open_page(run_url(run), walk, width=width, theme=theme)
    assert (before, after) == (CLEAN, CLEAN)
    assert (f"Smoke test · {last}" in title, "Seen" in left) == (True, True)


@SIZES
def test_a_person_is_asked_and_the_run_goes_the_way_they_say(place, width, theme):
    admin, project, open_page = place
    run = started(admin, published(admin, project, Dialect.NODES, ASKING, "Asking"), query="Why?")

    def walk(page):
        before = state_at_its_end(page)
        page.fill(".cb-decision #input-0", "no")
        with page.expect_navigation():
            page.click(".cb-decision button:has-text('Answer')")
        found = []
        for part in ("", "?step=check", "?tab=state", "?tab=events", "?tab=input", "?tab=json"):
            page.goto(urljoin(page.url, f"{run_url(run)}{part}"))
            page.wait_for_selector(".cb-graph-picture")
            found.append(state_at_its_end(page))
        return before, found, page.locator(".cb-node-skipped").inner_text()

    before, found, skipped = open_page(run_url(run), walk, width=width, theme=theme)
    assert (before, found) == (CLEAN, [CLEAN] * 6)
    assert "Yes" in skipped


@SIZES
def test_a_check_that_fails_comes_to_a_person_after_its_retries(place, width, theme):
    admin, project, open_page = place
    run = started(admin, published(admin, project, Dialect.STAGES, CHECKED, "Checked"), description="This must FAIL")

    def walk(page):
        page.click("a[href='?step=stage-0'] >> nth=0")
        page.wait_for_selector(".cb-generation >> nth=1")
        times = page.locator(".cb-generation").count()
        seen = state_at_its_end(page)
        with page.expect_navigation():
            page.click("text=Accept anyway")
        in_another_thread(carried_out, run)
        page.reload()
        return times, seen, page.inner_text(".cb-head-status")

    times, seen, badge = open_page(run_url(run), walk, width=width, theme=theme)
    assert (times, seen, "Completed" in badge) == (2, CLEAN, True)


@SIZES
def test_a_run_is_started_again_from_a_step_and_the_list_shows_both(place, width, theme):
    admin, project, open_page = place
    run = started(admin, published(admin, project, Dialect.NODES, ASKING, "Asking"), query="Why?")

    def walk(page):
        page.fill(".cb-decision #input-0", "yes")
        with page.expect_navigation():
            page.click(".cb-decision button:has-text('Answer')")
        page.goto(urljoin(page.url, f"{run_url(run)}?step=check"))
        with page.expect_navigation():
            page.click("text=Rerun from here")
        note = page.inner_text("#main")
        page.goto(urljoin(page.url, "/pipeline-runs"))
        return note, page.locator("tr[data-row]").count(), state_at_its_end(page)

    note, rows, after = open_page(run_url(run), walk, width=width, theme=theme)
    assert ("What came before the step was taken over" in note, rows, after) == (True, 2, CLEAN)


def test_an_open_page_follows_its_run(place):
    admin, project, open_page = place
    run = started(admin, published(admin, project, Dialect.STAGES, GATED, "Deployment"), description="the site")

    def walk(page):
        page.fill("[name=comment]", "half a senten")
        page.evaluate("window.kept = document.querySelector('[name=comment]')")
        in_another_thread(Run.objects.filter(pk=run.pk).update, title="Renamed", seq=run.seq + 1)
        with settling(page):
            page.evaluate("""() => window.htmx.ajax("GET", location.pathname, {
                source: document.querySelector("[data-live-run]"), swap: "none"})""")
        return page.input_value("[name=comment]"), page.evaluate("window.kept.isConnected")

    assert open_page(run_url(run), walk) == ("half a senten", True)


def test_the_steps_are_a_list_without_scripts(place):
    admin, project, open_page = place
    pipeline = published(admin, project, Dialect.STAGES, GATED, "Deployment")

    def read(page):
        return page.locator(".cb-graph-list li").all_inner_texts()

    steps = open_page(f"/pipelines/{pipeline.public_id}", read, scripts=False)
    assert [step.split()[0] for step in steps] == ["Build", "Gate", "Deploy", "Smoke"]
    assert Pipeline.objects.count() == 1
