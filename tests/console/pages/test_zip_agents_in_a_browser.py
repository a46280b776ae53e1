"""Uploading an archive as somebody meets it in a real browser: the bar, what breaks off, what is refused."""

import pytest
from playwright.sync_api import expect

from agents.models import Agent, AgentArchive
from console.embedded.home import Home
from tests.support.archives import NESTED
from tests.support.browser import CLEAN, state
from tests.support.zip_files import Packed, archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SLIP = archive(Packed("main.py"), Packed("../up.py"))


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"


@pytest.fixture
def open_form(open_page):
    """Open the form with Upload ZIP chosen, and call `act(page)`."""

    def opened(act, **options):
        def choose(page):
            page.fill("#id_name", "zipped")
            page.click("label:has-text('Upload ZIP')")
            return act(page)

        return open_page("agent-new", choose, **options)

    return opened


def choose_file(page, data=NESTED, name="my-agent.zip"):
    page.set_input_files("[data-archive-file]", {"name": name, "mimeType": "application/zip", "buffer": data})


def save_button(page):
    return page.get_by_role("button", name="Save and publish")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_an_archive_is_uploaded_confirmed_and_saved(open_form, width, theme):
    def act(page):
        expect(save_button(page)).to_be_disabled()
        choose_file(page)
        expect(page.locator("[data-archive-kept]")).to_contain_text("my-agent.zip")
        expect(page.locator("[data-archive-kept]")).to_contain_text("2 files")
        before = state(page)
        save_button(page).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("zipped")
        expect(page.get_by_role("main")).to_contain_text("my-agent.zip")
        return before, state(page)

    assert open_form(act, width=width, theme=theme) == (CLEAN, CLEAN)
    assert Agent.objects.get().latest.spec["source"]["archive_id"] == AgentArchive.objects.get().public_id


def test_register_stays_disabled_while_the_upload_is_under_way_and_it_can_be_cancelled(open_form):
    def act(page):
        page.route("**/api/agent-archives/uploads/**", lambda _: None)  # it never ends
        choose_file(page)
        expect(page.locator("[data-archive-words]")).to_contain_text("Uploading my-agent.zip")
        expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
        expect(save_button(page)).to_be_disabled()
        expect(page.get_by_role("button", name="Save draft")).to_be_disabled()
        found = state(page)
        page.get_by_role("button", name="Cancel upload").click()
        expect(page.get_by_role("progressbar", name="Upload")).to_be_hidden()
        expect(save_button(page)).to_be_disabled()
        page.unroute("**/api/agent-archives/uploads/**")
        choose_file(page)
        expect(save_button(page)).to_be_enabled()
        return found

    assert open_form(act) == CLEAN


def test_another_code_source_can_be_saved_meanwhile(open_form):
    def act(page):
        expect(save_button(page)).to_be_disabled()
        page.click("label:has-text('Paste code')")
        expect(save_button(page)).to_be_enabled()

    open_form(act)


def test_an_upload_that_breaks_off_goes_on_by_the_same_link(open_form):
    def act(page):
        page.route("**/api/agent-archives/uploads/**", lambda route: route.abort("connectionreset"))
        choose_file(page)
        expect(page.locator("[data-archive-problem]")).to_contain_text("my-agent.zip: The connection broke")
        expect(save_button(page)).to_be_disabled()
        found = state(page)
        page.unroute("**/api/agent-archives/uploads/**")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("[data-archive-kept]")).to_contain_text("my-agent.zip")
        expect(save_button(page)).to_be_enabled()
        return found

    assert open_form(act) == CLEAN
    assert AgentArchive.objects.get().status == "confirmed"


def test_a_confirmation_whose_answer_was_lost_is_asked_for_again(open_form):
    def act(page):
        page.route("**/confirm", lambda route: route.abort("connectionreset"))
        choose_file(page)
        expect(page.locator("[data-archive-problem]")).to_contain_text("The connection broke")
        page.unroute("**/confirm")
        page.get_by_role("button", name="Try again").click()
        expect(save_button(page)).to_be_enabled()

    open_form(act)
    assert AgentArchive.objects.get().status == "confirmed"


def test_an_archive_that_is_refused_says_why_and_another_can_be_chosen(open_form):
    def act(page):
        choose_file(page, SLIP)
        expect(page.locator("[data-archive-problem]")).to_contain_text("../up.py: a path that leads elsewhere")
        expect(page.get_by_role("button", name="Try again")).to_be_hidden()
        expect(save_button(page)).to_be_disabled()
        found = state(page)
        choose_file(page)
        expect(page.locator("[data-archive-kept]")).to_contain_text("2 files")
        expect(page.locator("[data-archive-broken]")).to_be_hidden()
        return found

    assert open_form(act) == CLEAN


def test_what_is_no_archive_is_not_sent(open_form):
    def act(page):
        choose_file(page, name="agent.tar.gz")
        expect(page.locator("[data-archive-problem]")).to_contain_text("Only ZIP archives")

    open_form(act)
    assert not AgentArchive.objects.exists()


def test_a_file_can_be_dropped(open_form):
    def act(page):
        page.evaluate(_DROP, list(NESTED))
        expect(page.locator("[data-archive-kept]")).to_contain_text("dropped.zip")

    open_form(act)
    assert AgentArchive.objects.get().filename == "dropped.zip"


_DROP = """
(bytes) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.zip"));
  const place = document.querySelector("[data-archive-place]");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
  }
}
"""
