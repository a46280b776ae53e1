"""Knowledge as somebody meets it in a real browser: adding, asking, remembering, on a screen and on a phone."""

import pytest
from django.urls import reverse

from agents.models import KnowledgeSource
from agents.services.knowledge import source_create, text_add
from agents.services.memories import memory_create, memory_write
from tests.support.browser import CLEAN, settling, state

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(1440, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_a_source_is_made_filled_and_asked(open_page, width, theme):
    def work(page):
        page.click("text=Create source")
        page.fill("#id_name", "Policies")
        page.click("button:text-is('Create source')")
        page.set_input_files("#id_file", {"name": "refunds.md", "mimeType": "text/markdown",
                                          "buffer": b"# Refunds\n\nWithin 30 days, without a reason."})  # fmt: skip
        page.wait_for_selector("text=refunds.md is read.")
        with settling(page):
            page.fill("input[name=ask]", "refnds reasons")
        marked = page.locator("#hits mark").all_inner_texts()
        found = state(page)
        page.click("#hits a")
        page.wait_for_selector(".cb-passage")
        return marked, found, page.inner_text(".cb-passage"), state(page)

    marked, found, passage, shown = open_page(reverse("knowledge"), work, width=width, theme=theme)
    assert (marked, found, shown) == (["Refunds", "reason"], CLEAN, CLEAN)
    assert "Within 30 days" in passage
    assert KnowledgeSource.objects.get().name == "Policies"


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_something_is_remembered_corrected_and_forgotten(open_page, project, admin, width, theme):
    memory = memory_create(actor=admin, project=project, name="Customers")

    def work(page):
        page.click("text=Write entry >> nth=0")
        page.fill("#id_content", "The limit is 100.")
        page.fill("#id_tags", "rules, limits")
        page.click("button:text-is('Write entry')")
        page.click("text=The limit is 100.")
        page.click("text=Replace")
        page.fill("#id_content", "The limit is 200.")
        page.click("button:text-is('Replace entry')")
        page.wait_for_selector("text=It is remembered in place")
        replaced = state(page)
        page.click("button:text-is('Forget')")
        page.click("dialog[open] button:text-is('Forget entry')")
        page.wait_for_selector("text=It is forgotten.")
        page.click("text=All ever written")
        page.wait_for_selector("text=The limit is 100.")
        return replaced, page.locator("tbody tr").count(), state(page)

    replaced, rows, listed = open_page(reverse("memory", args=[memory.public_id]), work, width=width, theme=theme)
    assert (replaced, rows, listed) == (CLEAN, 2, CLEAN)


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_every_page_of_it_is_clean(open_page, project, admin, width, theme):
    source = source_create(actor=admin, project=project, name="Policies " * 12, description="What we promise " * 9)
    document = text_add(actor=admin, source=source, name="handbook.md", text=f"{'x' * 300} words\n\n" * 20)
    memory = memory_create(actor=admin, project=project, name="Customers", scope="organization")
    entry = memory_write(actor=admin, memory=memory, content="y" * 400, tags=["a tag", "b"], key="some/key").entry
    pages = [
        reverse("knowledge"), reverse("knowledge-new"), reverse("knowledge-source", args=[source.public_id]),
        reverse("knowledge-write", args=[source.public_id]),
        reverse("knowledge-document", args=[source.public_id, document.public_id]),
        reverse("memories"), reverse("memory-new"), reverse("memory", args=[memory.public_id]),
        reverse("memory-write", args=[memory.public_id]),
        reverse("memory-entry", args=[memory.public_id, entry.public_id]),
    ]  # fmt: skip
    found = {url: open_page(url, state, width=width, theme=theme) for url in pages}
    assert {url: what for url, what in found.items() if what != CLEAN} == {}
