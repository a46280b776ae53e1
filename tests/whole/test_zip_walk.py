"""Runbook 2, walked in a real browser against a whole instance, in each kind of sandbox.

Code and CSV are those of `docs/zip-agents.md`: what the guide says is what is walked.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.sandboxes import engine
from tests.support.browser import refused, visit
from tests.support.instance import ROOT, Instance
from tests.whole.test_first_run import RUN_MS, sign_in

pytestmark = pytest.mark.browser

GUIDE = (ROOT / "docs/zip-agents.md").read_text()
MAIN, PROMPTS = re.findall(r"```python\n(.+?)```", GUIDE, re.DOTALL)
CSV = re.search(r"```csv\n(.+?)```", GUIDE, re.DOTALL).group(1)


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def instance(request, homes) -> Iterator[Instance]:
    if request.param == "docker" and (reason := engine.why_not()):
        pytest.skip(reason)
    running = Instance(homes.new(), {"CALLBOARD_SANDBOX": request.param}).start()
    yield running
    running.stop()


def zipped(folder: Path) -> Path:
    """Pack the guide's files below a single folder, as a file manager does."""
    path = folder / "my-agent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("my-agent/main.py", MAIN)
        made.writestr("my-agent/helpers/prompts.py", PROMPTS)
    return path


def test_the_guide_ends_in_a_verdict_and_a_wrong_path_fails_the_run_alone(instance, tmp_path):
    csv = tmp_path / "tasks.csv"
    csv.write_text(CSV)

    def walk(page: Page) -> None:
        sign_in(page)
        register(page, zipped(tmp_path))
        create_pipeline(page)
        seed(page, csv)
        see_the_answer(page)
        misname_the_entrypoint_file(page)
        seed(page, csv)
        see_it_fail(page)
        assert refused(page) == []

    visit(instance.sign_in_link, walk)


def register(page: Page, archive: Path) -> None:
    page.get_by_role("link", name="Agents", exact=True).first.click()
    page.get_by_role("link", name="Register agent").first.click()
    page.get_by_label("Name", exact=True).fill("zipped")
    page.get_by_text("Upload ZIP", exact=True).click()
    expect(page.get_by_role("button", name="Save and publish")).to_be_disabled()
    page.get_by_label("ZIP archive", exact=True).set_input_files(archive)
    expect(page.locator("[data-archive-kept]")).to_contain_text("Confirmed")
    expect(page.locator("[data-archive-kept]")).to_contain_text("2 files")
    expect(page.get_by_label("Entrypoint", exact=True)).to_have_value("run")
    expect(page.get_by_label("Entrypoint file", exact=True)).to_have_value("main.py")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("main")).to_contain_text("version 1 is published")
    expect(page.get_by_role("main")).to_contain_text("my-agent.zip")


def create_pipeline(page: Page) -> None:
    page.get_by_role("link", name="Pipelines", exact=True).first.click()
    page.get_by_text("Create pipeline", exact=True).first.click()
    page.get_by_role("link", name="Agent fields, graded").click()
    page.get_by_label("Name", exact=True).fill("Zipped pipeline")
    page.get_by_label("Title", exact=True).fill("Look around")
    page.get_by_label("Agent", exact=True).select_option(label="zipped, version 1")
    page.get_by_role("button", name="Add criterion").click()
    page.get_by_label("Type of criterion 1").select_option("contains")
    page.get_by_label("Text of criterion 1").fill("You are helpful")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zipped pipeline")


def seed(page: Page, csv: Path) -> None:
    page.get_by_role("link", name="Pipelines", exact=True).first.click()
    page.get_by_role("link", name="Zipped pipeline").first.click()
    page.get_by_role("link", name="Seed tasks").first.click()
    page.get_by_label("Drop a CSV file here").set_input_files(csv)
    page.get_by_role("button", name="Seed 1 row").click()
    expect(page.get_by_role("main")).to_contain_text("Zipped pipeline")


def newest_run(page: Page):
    page.get_by_role("link", name="Data Explorer", exact=True).first.click()
    return page.get_by_role("row").filter(has_text="zipped").first


def see_the_answer(page: Page) -> None:
    row = newest_run(page)
    expect(row).to_contain_text("Pass", timeout=RUN_MS)
    row.get_by_role("link").first.click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("You are helpful: Summarize what environment you are running in.")
    expect(main).to_contain_text("my-agent.zip")


def misname_the_entrypoint_file(page: Page) -> None:
    """Write the path with the folder at the top: it is saved, and fails the run."""
    page.get_by_role("link", name="Agents", exact=True).first.click()
    page.get_by_role("link", name="zipped").first.click()
    page.get_by_role("link", name="Edit", exact=True).first.click()
    expect(page.locator("[data-archive-kept]")).to_contain_text("my-agent.zip")
    page.get_by_label("Entrypoint file", exact=True).fill("my-agent/main.py")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("main")).to_contain_text("version 2 is published")


def see_it_fail(page: Page) -> None:
    row = newest_run(page)
    expect(row).to_contain_text(re.compile("failed", re.IGNORECASE), timeout=RUN_MS)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text("The entrypoint was not found in the agent's code.")
