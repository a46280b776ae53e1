"""Seeding, the Data Explorer and Home in a real browser: what scripts do, and that everyone can use it."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client

from agents.models import AgentRun
from console.access import Actor
from console.ids import to_public
from evaluation.models import SeededTask
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.browser import barriers, overflow, refused, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def in_another_thread(act, **options):
    """Do something with the database while Playwright's event loop holds this thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(_closing, act, options).result()


def _closing(act, options):
    try:
        act(**options)
    finally:
        connection.close()


@pytest.fixture
def place(live_server, settings):
    """A project with runs of several kinds and a pipeline; return it and a way to open its pages."""
    project = ProjectFactory()
    client: Client = client_as(project)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    admin = Actor.platform(project.organization_id)
    pipeline = published_pipeline(admin, project, published_agent(admin), name="Refunds")
    for verdict in ("PASS", "FAIL", "UNGRADED"):
        AgentRunFactory(project=project, verdict=verdict, title=f"{verdict} me", latency_ms=4600)
    AgentRunFactory(project=project, status="failed", error_code="agent_timeout", cause="agent", error={"message": "x"})

    def open_page(path, act, **options):
        return visit(f"{live_server.url}{path}", act, cookies=cookies, **options)

    return project, pipeline, open_page


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_everyone_can_use_the_pages(place, width, theme):
    _, pipeline, open_page = place
    paths = ["/runs", "/runs?verdict=FAIL&started=24h", "/runs?q=nothing", f"/pipelines/{pipeline.public_id}/seed"]

    def look(page):
        found = [(refused(page), overflow(page), barriers(page))]
        for path in paths:
            page.goto(urljoin(page.url, path))
            found.append((refused(page), overflow(page), barriers(page)))
        return found

    options = {"width": width, "theme": theme}
    assert open_page("/", look, **options) == [([], 0, [])] * (len(paths) + 1)


def test_a_file_is_checked_as_soon_as_it_is_chosen_and_seeded_by_the_button(place, tmp_path):
    _, pipeline, open_page = place
    file = tmp_path / "tasks.csv"
    file.write_text("user\nSay hello.\nSay goodbye.\n")

    def walk(page):
        page.set_input_files("#id_file", file)
        page.wait_for_url("**/datasets/**")
        page.click("text=Seed 2 rows")
        page.wait_for_selector("text=2 rows seeded.")
        return refused(page)

    assert open_page(f"/pipelines/{pipeline.public_id}/seed", walk) == []
    assert SeededTask.objects.count() == 2


def test_a_row_whose_run_moved_on_changes_in_place_and_keeps_its_tick(place):
    project, _, open_page = place
    run = AgentRunFactory(project=project, status="running", title="Still at it")
    moved = {"detail": {"runs": [to_public("run", run.run_id)]}}

    def watch(page):
        row = page.locator(f"#{run.public_id}")
        row.locator("[data-select]").check()
        page.evaluate("window.kept = document.querySelectorAll('tr[data-row]')[1]")
        in_another_thread(AgentRun.objects.filter(pk=run.pk).update, status="completed", verdict="PASS")
        page.evaluate("moved => document.dispatchEvent(new CustomEvent('cb:runs-changed', moved))", moved)
        row.locator("text=Pass").first.wait_for()
        return row.locator("[data-select]").is_checked(), page.evaluate("window.kept.isConnected")

    assert open_page("/runs", watch) == (True, True)


def test_a_run_that_is_new_is_told_and_waits_to_be_asked_for(place):
    project, _, open_page = place

    def watch(page):
        before = page.locator("tr[data-row]").count()
        in_another_thread(AgentRunFactory, project=project, title="Just arrived")
        page.evaluate("document.dispatchEvent(new CustomEvent('cb:runs-changed', {detail: {runs: ['run_x']}}))")
        page.click("text=show them")
        page.wait_for_selector("text=Just arrived")
        return page.locator("tr[data-row]").count() - before

    assert open_page("/runs", watch) == 1


def test_nothing_is_done_before_the_question_is_answered(place):
    _, _, open_page = place

    def ask(page):
        page.locator("[data-select]").nth(0).check()
        page.click("[data-verb=rerun]")
        asked = page.inner_text("#ask h2")
        page.click("#ask [data-close]")
        return asked

    assert open_page("/runs", ask) == "Run this task again?"
    assert AgentRun.objects.count() == 4
