"""Sources and their documents: what is kept, what is refused, and what survives a worker."""

import io

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from agents.knowledge import ingestion
from agents.knowledge.chunking import Piece, join
from agents.knowledge.errors import (
    DocumentExists,
    DocumentTooLarge,
    DocumentUnreadable,
    KnowledgeInvalid,
    KnowledgeNameTaken,
    TooManyDocuments,
)
from agents.knowledge.queries import documents_for, sources_for, with_documents
from agents.knowledge.search import search
from agents.models import Chunk, Document, Word
from agents.services import knowledge
from agents.services.knowledge import document_delete, source_create, source_delete, source_update, text_add
from console.access import Actor, Role
from console.errors import NotAllowed, NotFound
from console.models import AuditEntry
from tests.factories import KnowledgeSourceFactory, ProjectFactory

LONG = "\n\n".join(f"Paragraph {number} is about the thing called {number:b}." for number in range(9_000))


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def no_worker(monkeypatch):
    """Note who was woken instead of sending a message."""
    woken = []
    monkeypatch.setattr(ingestion, "wake", woken.append)
    return woken


def text_of(document):
    rows = Chunk.objects.filter(document=document).order_by("position")
    return join(Piece(start, text) for start, text in rows.values_list("start", "text"))


def found(project, query):
    return search(organization_id=project.organization_id, project_id=project.pk, query=query)


# Sources --------------------------------------------------------------------------------------------------------------


def test_a_source_is_created_changed_and_deleted_on_the_record(admin, project):
    source = source_create(actor=admin, project=project, name=" Policies ", description="What we promise")
    source_update(actor=admin, source=source, name="Promises")
    source_delete(actor=admin, source=source)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "target_label"))
    assert actions == [
        ("knowledge.create", "Policies"),
        ("knowledge.update", "Promises"),
        ("knowledge.delete", "Promises"),
    ]


def test_a_name_is_taken_once_in_a_project_and_free_in_another(admin, project, source):
    with pytest.raises(KnowledgeNameTaken):
        source_create(actor=admin, project=project, name="POLICIES")
    other = ProjectFactory(organization=project.organization)
    assert source_create(actor=admin, project=other, name="Policies").project_id == other.pk


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\0b"])
def test_a_name_that_cannot_be_one_is_refused(admin, project, name):
    with pytest.raises(KnowledgeInvalid) as refused:
        source_create(actor=admin, project=project, name=name)
    assert refused.value.problems[0].path == ("name",)


def test_a_source_of_another_organization_can_not_be_made(admin):
    with pytest.raises(NotFound):
        source_create(actor=admin, project=ProjectFactory(), name="Mine")


def test_a_viewer_changes_nothing(project, source, write):
    document = write("Within 30 days.")
    viewer = Actor(organization_id=project.organization_id, roles={project.pk: Role.VIEWER})
    for attempt in (
        lambda: source_create(actor=viewer, project=project, name="x"),
        lambda: source_update(actor=viewer, source=source, name="x"),
        lambda: source_delete(actor=viewer, source=source),
        lambda: text_add(actor=viewer, source=source, name="x.txt", text="x"),
        lambda: document_delete(actor=viewer, document=document),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_source_says_how_much_is_in_it(admin, source, write):
    write("One.")
    write("Two two.")
    row = with_documents(sources_for(admin)).get()
    assert (row.document_count, row.size_bytes) == (2, 12)


# Adding ---------------------------------------------------------------------------------------------------------------


def test_a_small_document_is_read_at_once_and_kept_whole(admin, source, upload):
    text = "Refunds\n\nWithin 30 days. " * 300
    document = upload(text.encode(), "Refunds.MD")
    assert (document.state, document.kind, document.file, document.characters) == ("ready", "md", "", len(text))
    assert document.chunk_count == document.chunk_total == Chunk.objects.filter(document=document).count() > 5
    assert text_of(document) == text
    entry = AuditEntry.objects.get(action="knowledge.add_document")
    assert entry.after == {"source": "Policies", "name": "Refunds.MD", "size_bytes": len(text)}


def test_a_written_text_without_a_known_ending_is_plain(write):
    assert write("{not json", "My notes v1.2").kind == "txt"


def test_a_written_text_with_one_is_read_by_it(write):
    with pytest.raises(DocumentUnreadable, match="not JSON"):
        write("{not json", "notes.json")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "a name of at most"), ("handbook.pdf", "This kind of file"), ("noending", "This kind"), ("a\0.md", "NUL")],
)
def test_a_file_with_a_name_that_cannot_be_read_is_refused(upload, name, sentence):
    with pytest.raises(KnowledgeInvalid, match=sentence):
        upload(b"text", name)
    assert not Document.objects.exists()


def test_what_cannot_be_read_leaves_nothing(upload):
    with pytest.raises(DocumentUnreadable):
        upload(b"\xff\xfe\xfa")
    with pytest.raises(DocumentUnreadable, match="empty"):
        upload(b"")
    assert (Document.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_half_a_character_in_a_written_text_is_refused(write):
    with pytest.raises(DocumentUnreadable, match="not UTF-8"):
        write("ab\ud800")


def test_the_same_content_is_taken_once_in_a_source(admin, project, write):
    write("Within 30 days.")
    with pytest.raises(DocumentExists):
        write("Within 30 days.", "again.txt")
    assert write("Within 30 days.", to=KnowledgeSourceFactory(project=project)).state == "ready"


def test_there_is_a_limit_to_size_and_to_number(upload, settings, monkeypatch):
    settings.CALLBOARD_UPLOAD_BYTES = 1_000
    with pytest.raises(DocumentTooLarge, match=r"larger than 0\.001 MB"):
        upload(b"x" * 1_001)
    monkeypatch.setattr(knowledge, "MOST_DOCUMENTS", 1)
    upload(b"one")
    with pytest.raises(TooManyDocuments):
        upload(b"two")


# In the background ----------------------------------------------------------------------------------------------------


def test_a_large_document_is_left_to_a_worker(project, upload, storage, no_worker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        document = upload(LONG.encode(), "long.txt")
    assert (document.state, document.chunk_count, no_worker) == ("reading", 0, [document.pk])
    assert found(project, "thing") == []
    with django_capture_on_commit_callbacks(execute=True):
        ingestion.carry_on(document.pk)
    document.refresh_from_db()
    assert (document.state, document.file, text_of(document) == LONG) == ("ready", "", True)
    assert list(storage.rglob("*.txt")) == []
    assert found(project, '"thing called 10101"')


def test_a_worker_that_dies_between_batches_loses_and_doubles_nothing(upload, storage, no_worker, monkeypatch):
    document = upload(LONG.encode(), "long.txt")
    monkeypatch.setattr(ingestion, "BATCH_CHUNKS", 100)
    store, batches = ingestion._store, []

    def dying(document, pieces):
        store(document, pieces)
        batches.append(len(pieces))
        if len(batches) == 3:
            raise SystemExit  # within the transaction of the third batch

    monkeypatch.setattr(ingestion, "_store", dying)
    with pytest.raises(SystemExit):
        ingestion.carry_on(document.pk)
    document.refresh_from_db()
    assert (document.state, document.chunk_count, Chunk.objects.count()) == ("reading", 200, 200)
    monkeypatch.setattr(ingestion, "_store", store)
    ingestion.carry_on(document.pk)
    document.refresh_from_db()
    assert (document.state, text_of(document) == LONG) == ("ready", True)


def test_reading_it_again_changes_nothing(write):
    document = write("Within 30 days.")
    ingestion.carry_on(document.pk)
    assert Chunk.objects.filter(document=document).count() == 1


def test_a_large_document_that_cannot_be_read_says_why_and_may_be_tried_again(upload, storage, no_worker):
    content = b"x " * 200_000 + b"\xff"
    document = upload(content, "long.txt")
    ingestion.carry_on(document.pk)
    document.refresh_from_db()
    assert (document.state, document.chunk_count) == ("failed", 0)
    assert document.error == "It is not UTF-8 at byte 400,001. Save it as UTF-8."
    assert upload(content, "long.txt").state == "reading"


def test_a_file_that_was_lost_is_told(upload, storage, no_worker):
    document = upload(LONG.encode(), "long.txt")
    default_storage.delete(document.file)
    ingestion.carry_on(document.pk)
    document.refresh_from_db()
    assert (document.state, "Upload it again" in document.error) == ("failed", True)


def test_a_lost_message_is_found_missing(upload, storage, no_worker):
    document = upload(LONG.encode(), "long.txt")
    ingestion.resume_stalled(older_than_seconds=60)
    assert no_worker == []
    ingestion.resume_stalled(older_than_seconds=0)
    assert no_worker == [document.pk]


def test_words_of_a_large_document_are_found_by_their_looks(project, upload, storage, no_worker):
    ingestion.carry_on(upload((LONG + "\n\nThe retention policy.").encode(), "long.txt").pk)
    [hit] = found(project, "retension")
    assert "retention" in hit.text


# Deleting -------------------------------------------------------------------------------------------------------------


def test_a_deleted_document_is_found_no_more_and_leaves_nothing(admin, project, source, write):
    write("Gold is for partners.")
    document = write("Silver is for partners.", "silver.txt")
    document_delete(actor=admin, document=document)
    assert [hit.text for hit in found(project, "partners")] == ["Gold is for partners."]
    assert sorted(Word.objects.values_list("word", "uses")) == [("for", 1), ("gold", 1), ("partners", 1)]
    assert documents_for(admin, source).count() == Document.objects.count() == 1


def test_a_large_one_is_hidden_at_once_and_cleared_away_by_a_worker(
    admin, project, source, upload, storage, no_worker, django_capture_on_commit_callbacks
):
    document = upload(LONG.encode(), "long.txt")
    ingestion.carry_on(document.pk)
    with django_capture_on_commit_callbacks(execute=True):
        document_delete(actor=admin, document=document)
    assert (found(project, "thing"), documents_for(admin, source).count()) == ([], 0)
    ingestion.carry_on(document.pk)
    assert (Document.objects.count(), Chunk.objects.count(), Word.objects.count()) == (0, 0, 0)


def test_one_that_is_being_read_is_cleared_away_too(admin, upload, storage, no_worker):
    document = upload(LONG.encode(), "long.txt")
    document_delete(actor=admin, document=document)
    with transaction.atomic():
        ingestion.carry_on(document.pk)
    assert not Document.objects.exists()


def test_a_source_goes_with_all_that_is_in_it(
    admin, source, upload, write, storage, no_worker, django_capture_on_commit_callbacks
):
    write("Within 30 days.")
    upload(LONG.encode(), "long.txt")
    with django_capture_on_commit_callbacks(execute=True):
        source_delete(actor=admin, source=source)
    assert (Document.objects.count(), Chunk.objects.count(), Word.objects.count()) == (0, 0, 0)
    assert list(storage.rglob("*.txt")) == []


def test_the_file_stays_readable_for_who_reads_it_twice(admin, source):
    """The service measures a file before it reads it."""
    file = io.BytesIO(b"Within 30 days.")
    file.seek(5)
    document = knowledge.document_add(actor=admin, source=source, name="a.txt", file=file)
    assert text_of(document) == "Within 30 days."
