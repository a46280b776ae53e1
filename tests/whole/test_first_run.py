"""The first run of the guide, walked in a real browser against a whole instance, in each kind of sandbox.

Code and CSV are those of `docs/first-run.md`: what the guide says is what is walked.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.sandboxes import engine
from tests.support.browser import refused, visit
from tests.support.instance import ROOT, Instance

pytestmark = pytest.mark.browser

GUIDE = (ROOT / "docs/first-run.md").read_text()
CODE = re.search(r"```python\n(.+?)```", GUIDE, re.DOTALL).group(1)
CSV = re.search(r"```csv\n(.+?)```", GUIDE, re.DOTALL).group(1)
#: A page that was loaded anew would have forgotten it.
MARK = "window.neverReloaded = true"
RUN_MS = 60_000


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def instance(request, tmp_path_factory) -> Iterator[Instance]:
    if request.param == "docker" and (reason := engine.why_not()):
        pytest.skip(reason)
    running = Instance(tmp_path_factory.mktemp("first-run"), {"CALLBOARD_SANDBOX": request.param}).start()
    yield running
    running.stop()


def test_the_guide_ends_in_a_verdict_with_its_trajectory(instance, tmp_path):
    csv = tmp_path / "tasks.csv"
    csv.write_text(CSV)

    def walk(page: Page) -> None:
        sign_in(page)
        register_agent(page)
        create_pipeline(page)
        watched = page.context.new_page()
        watched.goto(f"{instance.url}/runs")
        watched.evaluate(MARK)
        seed(page, csv)
        see_it_come(watched)
        open_trace(watched)
        see_what_it_did(watched)
        assert refused(page) == refused(watched) == []

    visit(instance.sign_in_link, walk)


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def register_agent(page: Page) -> None:
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("link", name="Register agent").first.click()
    page.get_by_label("Name", exact=True).fill("hello-sandbox")
    page.locator(".ace_editor").first.click()
    page.keyboard.insert_text(CODE)
    expect(page.get_by_label("Entrypoint", exact=True)).to_have_value("run")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("hello-sandbox")
    expect(page.get_by_role("main")).to_contain_text("version 1 is published")


def create_pipeline(page: Page) -> None:
    page.get_by_role("link", name="Pipelines", exact=True).click()
    page.locator("summary").filter(has_text="Create pipeline").click()
    page.get_by_role("link", name="Agent fields, graded").click()
    page.get_by_label("Name", exact=True).fill("First pipeline")
    page.get_by_label("Title", exact=True).fill("Look around")
    page.get_by_label("Agent", exact=True).select_option(label="hello-sandbox, version 1")
    page.locator("summary").filter(has_text="Models").click()
    expect(page.get_by_label("Judge model")).to_contain_text("Rules")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add criterion").click()
    page.get_by_label("Type of criterion 1").select_option("contains")
    page.get_by_label("Text of criterion 1").fill("Hello")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("First pipeline")


def seed(page: Page, csv: Path) -> None:
    page.get_by_role("link", name="Seed tasks").first.click()
    page.get_by_label("Drop a CSV file here").set_input_files(csv)
    expect(page.get_by_role("main")).to_contain_text("Every row can be seeded")
    expect(page.get_by_role("main")).to_contain_text("Summarize what environment you are running in.")
    page.get_by_role("button", name="Seed 1 row").click()
    expect(page.get_by_role("main")).to_contain_text("First pipeline")


def see_it_come(page: Page) -> None:
    """See without a reload that there is a run; and once it is shown, that it passes."""
    expect(page.locator("#pager-fresh")).to_contain_text("1 new run", timeout=RUN_MS)
    assert page.evaluate("window.neverReloaded")
    page.get_by_role("link", name="show them").click()
    page.evaluate(MARK)
    expect(run_of(page)).to_contain_text("Pass", timeout=RUN_MS)
    assert page.evaluate("window.neverReloaded")


def run_of(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text="hello-sandbox")


def open_trace(page: Page) -> None:
    run_of(page).get_by_role("link").first.click()
    expect(page.get_by_role("tab", name="Agent Trace").or_(page.get_by_text("Agent Trace")).first).to_be_visible()


def see_what_it_did(page: Page) -> None:
    main = page.get_by_role("main")
    expect(main).to_contain_text("Hello from the sandbox")
    expect(main).to_contain_text("notes.txt")
    expect(main).to_contain_text("uname -a")
    expect(main).to_contain_text("no model")
