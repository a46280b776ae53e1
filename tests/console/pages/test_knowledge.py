import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agents.knowledge import ingestion
from agents.models import Document, KnowledgeSource
from agents.services.knowledge import text_add
from console.access import Role
from tests.console.pages.conftest import client_as
from tests.factories import KnowledgeSourceFactory, ProjectFactory
from tests.support.answers import prose

KNOWLEDGE = "/knowledge"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def source(project):
    return KnowledgeSourceFactory(project=project, name="Policies", description="What we promise")


@pytest.fixture
def path(source):
    return f"{KNOWLEDGE}/{source.public_id}"


@pytest.fixture
def document(admin, source):
    return text_add(actor=admin, source=source, name="refunds.md", text="Refunds\n\nWithin <b>30</b> days.")


def upload(client, path, content, name="refunds.md"):
    return client.post(f"{path}/upload", {"file": SimpleUploadedFile(name, content)}, follow=True)


# Sources --------------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_a_source_is_and_makes_one(client):
    page = prose(client.get(KNOWLEDGE))
    assert "No sources yet" in page
    assert f'href="{KNOWLEDGE}/new"' in page


def test_a_source_is_created_and_named_anew(client):
    made = client.post(f"{KNOWLEDGE}/new", {"name": "Policies", "description": "What we promise"}, follow=True)
    source = KnowledgeSource.objects.get()
    assert made.redirect_chain == [(f"{KNOWLEDGE}/{source.public_id}", 303)]
    assert "What we promise" in prose(made)
    client.post(f"{KNOWLEDGE}/{source.public_id}/edit", {"name": "Promises"})
    assert "Promises" in prose(client.get(KNOWLEDGE))


def test_a_form_with_problems_keeps_what_was_typed(client, source):
    answer = client.post(f"{KNOWLEDGE}/new", {"name": "policies", "description": "mine"})
    page = prose(answer)
    assert (answer.status_code, "This name is taken in this project." in page, 'value="mine"' in page) == (
        422,
        True,
        True,
    )


def test_the_list_takes_as_many_queries_for_many_as_for_one(client, project, django_assert_max_num_queries):
    KnowledgeSourceFactory.create_batch(6, project=project)
    with django_assert_max_num_queries(6):
        client.get(KNOWLEDGE)


def test_the_list_is_of_the_present_project_alone(client, project, source):
    KnowledgeSourceFactory(project=ProjectFactory(organization=project.organization), name="Elsewhere")
    page = prose(client.get(KNOWLEDGE))
    assert ("Policies" in page, "Elsewhere" in page) == (True, False)


def test_a_source_is_deleted_with_its_documents(client, path, document):
    assert "its 1 document" in prose(client.get(path))
    assert "Policies is deleted" in prose(client.post(f"{path}/delete", follow=True))
    assert not Document.objects.exists()


# Documents ------------------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_and_can_be_found_at_once(client, path):
    page = prose(upload(client, path, b"Refunds within 30 days."))
    assert "refunds.md is read. It can be found now." in page
    assert "Ready" in page


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("a.pdf", b"%PDF-1.7", 422, "This kind of file can’t be read here."),
        ("a.md", b"\xff\xfe\xfd", 422, "It is UTF-16. Save it as UTF-8."),
        ("a.txt", b"x" * 2_000, 413, "is larger than 0.001999 MB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_place(client, path, settings, name, content, status, sentence):
    settings.CALLBOARD_UPLOAD_BYTES = 1_999
    answer = upload(client, path, content, name)
    page = prose(answer)
    assert (answer.status_code, "The document was not added." in page, sentence in page) == (status, True, True)
    assert not Document.objects.exists()


def test_no_file_is_told_too(client, path):
    answer = client.post(f"{path}/upload")
    assert (answer.status_code, "Choose a file first." in prose(answer)) == (422, True)


def test_the_same_content_again_is_refused_in_place(client, path):
    upload(client, path, b"Within 30 days.")
    answer = upload(client, path, b"Within 30 days.", "again.md")
    assert (answer.status_code, "a document with the same content" in prose(answer)) == (409, True)


def test_a_text_is_typed(client, path):
    answer = client.post(f"{path}/write", {"name": "note", "text": "Within\r\n30 days."}, follow=True)
    assert "note is read." in prose(answer)
    assert Document.objects.get().size_bytes == len("Within\n30 days.")


def test_a_typed_text_with_problems_is_kept(client, path):
    nameless = client.post(f"{path}/write", {"name": "", "text": "Within 30 days."})
    assert (nameless.status_code, "Give the document a name" in prose(nameless)) == (422, True)
    assert "Within 30 days." in prose(nameless)
    empty = client.post(f"{path}/write", {"name": "note", "text": " "})
    assert (empty.status_code, "There is no text in it." in prose(empty)) == (422, True)


def test_a_large_document_shows_how_far_it_is_read(client, path, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(ingestion, "wake", lambda document_id: None)
    page = prose(upload(client, path, b"Some words. " * 30_000, "long.txt"))
    assert "read in the background" in page
    assert f'hx-get="{path}/progress' in page
    Document.objects.update(chunk_count=150, chunk_total=340)
    assert "150 of 340" in prose(client.get(f"{path}/progress", headers=HTMX))
    Document.objects.update(chunk_count=0, chunk_total=0)
    ingestion.carry_on(Document.objects.get().pk)
    part = prose(client.get(f"{path}/progress", headers=HTMX))
    assert ("Ready" in part, "hx-get" in part, "<html" in part) == (True, False, False)


def test_a_failed_document_says_why(client, path, document):
    Document.objects.update(state="failed", error="It is not UTF-8 at byte 3.")
    assert "It is not UTF-8 at byte 3." in prose(client.get(path))
    assert "It is not UTF-8 at byte 3." in prose(client.get(f"{path}/documents/{document.public_id}"))


def test_a_document_shows_its_text_escaped(client, path, document):
    page = prose(client.get(f"{path}/documents/{document.public_id}"))
    assert "Within &lt;b&gt;30&lt;/b&gt; days." in page


def test_a_long_document_is_shown_in_parts(client, admin, path, source):
    document = text_add(actor=admin, source=source, name="long.txt", text="A sentence in it. " * 2_500)
    page = f"{path}/documents/{document.public_id}"
    first, second = prose(client.get(page)), prose(client.get(f"{page}?first=20"))
    assert ('id="passage-19"' in first, 'id="passage-20"' in first, "?first=20" in first) == (True, False, True)
    assert ('id="passage-20"' in second, "?first=0" in second) == (True, True)
    assert client.get(f"{page}?first=x").status_code == 200


def test_a_document_is_deleted(client, path, document):
    assert "refunds.md is deleted" in prose(client.post(f"{path}/documents/{document.public_id}/delete", follow=True))
    assert not Document.objects.exists()


def test_the_documents_take_as_many_queries_for_many_as_for_one(
    client, admin, source, path, django_assert_max_num_queries
):
    for number in range(6):
        text_add(actor=admin, source=source, name="a.txt", text=f"Text {number}")
    with django_assert_max_num_queries(7):
        client.get(path)


# Asking ---------------------------------------------------------------------------------------------------------------


def test_what_is_found_is_shown_with_its_words_marked(client, path, document):
    page = prose(client.get(f"{KNOWLEDGE}?ask=refund"))
    assert "<mark>Refunds</mark>" in page
    assert f"{path}/documents/{document.public_id}?first=0#passage-0" in page
    assert "Within &lt;b&gt;30&lt;/b&gt; days" in page or "30" in page


def test_a_page_may_ask_for_what_is_found_alone(client, path, document):
    for place in (KNOWLEDGE, path):
        part = prose(client.get(f"{place}?ask=refund", headers=HTMX))
        assert ("<mark>Refunds</mark>" in part, "<html" in part) == (True, False)


def test_a_source_is_asked_by_itself(client, admin, project, path, document):
    other = KnowledgeSourceFactory(project=project)
    text_add(actor=admin, source=other, name="other.md", text="Refunds elsewhere.")
    page = prose(client.get(f"{path}?ask=refund"))
    assert ("refunds.md" in page, "other.md" in page) == (True, False)


def test_nothing_found_and_nothing_to_ask_are_told_apart(client, path, document):
    assert "Nothing here says anything about this." in prose(client.get(f"{path}?ask=zebra"))
    assert "Use at most 2,000 characters." in prose(client.get(f"{path}?ask={'x' * 2_001}"))
    assert "Nothing here says" not in prose(client.get(f"{path}?ask="))


# Who and how ----------------------------------------------------------------------------------------------------------


def test_a_viewer_looks_and_is_offered_no_change(project, path, document):
    client = client_as(project, Role.VIEWER)
    page = prose(client.get(path))
    assert "refunds.md" in page
    for offered in ("Write text", "Upload", "Delete source", "/edit"):
        assert offered not in page
    assert client.post(f"{path}/delete").status_code == 403
    assert upload(client, path, b"x").status_code == 403


def test_another_organization_s_source_does_not_exist(path, document):
    client = client_as(ProjectFactory())
    assert {client.get(path).status_code, client.post(f"{path}/delete").status_code} == {404}


def test_wrong_methods_are_refused(client, path):
    assert client.get(f"{path}/delete").status_code == 405
    assert client.post(path).status_code == 405
