"""Files that somebody chooses before a page's scripts are there."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from console.embedded.home import Home
from tests.support.agents import published_agent, published_pipeline
from tests.support.archives import NESTED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@contextmanager
def scripts_late(page, script):
    """Have a script of the page that is opened within come when that is done with."""
    page.route(f"**/js/{script}", lambda _: None)
    yield
    page.wait_for_timeout(100)
    page.unroute(f"**/js/{script}")  # lets those go on that it holds


def test_a_csv_file_is_checked_once_the_scripts_are_there(open_page, admin, project):
    pipeline = published_pipeline(admin, project, published_agent(admin), name="Refunds")

    def act(page):
        with scripts_late(page, "upload.js"):
            page.goto(f"{page.url}/seed", wait_until="commit")
            page.set_input_files("#id_file", {"name": "tasks.csv", "mimeType": "text/csv", "buffer": b"user\nHello.\n"})
        page.wait_for_url("**/datasets/**")
        page.go_back()
        expect(page.locator("[data-upload-words]")).to_contain_text("Drop a CSV file here")
        page.wait_for_load_state("networkidle")
        return page.url

    assert open_page(f"/pipelines/{pipeline.public_id}", act).endswith("/seed")


def test_an_archive_is_uploaded_once_the_scripts_are_there(open_page, settings, tmp_path):
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"

    def act(page):
        with scripts_late(page, "archive.js"):
            page.goto(f"{page.url}/new", wait_until="commit")
            page.click("label:has-text('Upload ZIP')")
            page.set_input_files("[data-archive-file]", {"name": "a.zip", "mimeType": "application/zip",
                                                         "buffer": NESTED})  # fmt: skip
        expect(page.locator("[data-archive-kept]")).to_contain_text("2 files")

    open_page("agents", act)
