"""The sheet of parts in a real browser: every component at once, at every width, in both themes."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from tests.support.browser import barriers, overflow, refused, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cookies(settings):
    project = ProjectFactory()
    ProjectFactory(organization=project.organization)
    user = UserFactory(is_superuser=True, name="Mara Okafor")
    MembershipFactory(user=user, organization=project.organization)
    client = Client()
    client.force_login(get_user_model().objects.get(pk=user.pk))
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.fixture
def parts(live_server, cookies):
    def open_parts(act, **options):
        return visit(f"{live_server.url}/parts", act, cookies=cookies, **options)

    return open_parts


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 800, 360])
def test_every_part_can_be_used_by_everyone(parts, width, theme):
    def look(page):
        return {"refused": refused(page), "overflow": overflow(page), "barriers": barriers(page)}

    assert parts(look, width=width, theme=theme) == {"refused": [], "overflow": 0, "barriers": []}


def test_the_theme_follows_the_system_until_it_is_pinned(parts):
    def pin(page):
        before = page.get_attribute("html", "data-bs-theme")
        page.click(".cb-menu-up summary")
        page.check("[data-theme-choice] [value=light]")
        page.reload()
        return before, page.get_attribute("html", "data-bs-theme")

    assert parts(pin, theme="dark") == ("dark", "light")


def test_keys_walk_through_rows_and_select_them(parts):
    def walk(page):
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("x")
        return page.locator("[data-select]:checked").count(), page.inner_text("[data-bulk-count]")

    assert parts(walk) == (1, "1 selected")


def test_keys_are_dead_in_fields_and_can_be_turned_off(parts):
    def press(page):
        page.focus("#id_name")
        page.keyboard.type("?x")
        typed = page.input_value("#id_name")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.uncheck("[data-keys-switch]")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        return "?x" in typed, page.locator("dialog[open]").count()

    assert parts(press) == (True, 0)


def test_shift_selects_all_between_and_a_verb_that_fits_none_says_so(parts):
    def select(page):
        boxes = page.locator("[data-select]")
        boxes.nth(1).click()
        boxes.nth(3).click(modifiers=["Shift"])
        cancel = page.locator("[data-verb=cancel]")
        return page.locator("[data-select]:checked").count(), cancel.get_attribute("data-tip")

    assert parts(select) == (3, "None of these is running")


def test_shift_selects_all_between_after_the_first_row_was_swapped_for_a_fresh_one(parts):
    def select(page):
        boxes = page.locator("[data-select]")
        boxes.nth(1).click()
        boxes.nth(1).evaluate("box => { box.toggleAttribute('checked', true); box.closest('tr').outerHTML += ''; }")
        boxes.nth(3).click(modifiers=["Shift"])
        return page.locator("[data-select]:checked").count()

    assert parts(select) == 3


def test_a_destructive_act_asks_once_and_says_what_is_lost(parts):
    def ask(page):
        page.locator("[data-select]").nth(0).click()
        page.click("[data-verb=cancel]")
        return page.inner_text("#ask h2"), page.inner_text("[data-ask-text]")

    assert parts(ask) == ("Cancel this run?", "Their sandboxes end now; finished steps are kept.")


def test_the_question_counts_the_rows_that_the_verb_fits(parts):
    def ask(page):
        for number in range(4):
            page.locator("[data-select]").nth(number).click()
        page.click("[data-verb=cancel]")
        return page.inner_text("#ask h2"), page.inner_text("[data-bulk-count]")

    assert parts(ask) == ("Cancel this run?", "4 selected")


def test_the_editor_writes_back_into_its_field(parts):
    def write(page):
        page.wait_for_selector(".ace_content")
        page.evaluate("document.querySelector('[data-editor]').editor.setValue('print(1)\\n')")
        return page.input_value("#id_code"), page.inner_text("[data-editor-size]"), refused(page)

    assert parts(write) == ("print(1)\n", "9 bytes", [])


def test_leaving_a_changed_form_asks_first(parts):
    def leave(page):
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.type("#id_name", "x")
        page.reload()
        return asked

    assert parts(leave) == ["beforeunload"]


def test_on_a_phone_the_sidebar_is_a_drawer_that_escape_closes(parts):
    def draw(page):
        page.click("[data-drawer=side]")
        opened = page.is_visible("#side .cb-nav-words >> nth=0") and page.evaluate(
            "document.querySelector('.cb-body').inert"
        )
        page.keyboard.press("Escape")
        return opened, page.evaluate("document.querySelector('.cb-body').inert")

    assert parts(draw, width=390) == (True, False)


def test_folded_lines_of_a_difference_unfold(parts):
    def unfold(page):
        before = page.locator(".cb-diff-split tbody:not([hidden]) tr").count()
        page.click(".cb-diff-split [data-unfold]")
        return page.locator(".cb-diff-split tbody:not([hidden]) tr").count() > before

    assert parts(unfold)


def test_dragging_over_the_histogram_opens_its_span(parts):
    def drag(page):
        drawing = page.locator("[data-histogram] svg")
        drawing.scroll_into_view_if_needed()
        box = drawing.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
        page.mouse.up()
        page.wait_for_url("**from=0*")
        return page.url.rpartition("?")[2]

    assert parts(drag) == "from=0&to=13"
