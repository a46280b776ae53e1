"""Reads documents into chunks, and clears away those that were deleted.

A batch of chunks is one transaction, which moves the document on under its lock. So a worker may die anywhere, two may
try at once, and every chunk is stored once.
"""

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

from celery import current_app
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from agents.knowledge import words
from agents.knowledge.chunking import Piece, cut, join
from agents.knowledge.errors import DocumentUnreadable
from agents.knowledge.reading import text_of
from agents.knowledge.reading_apart import text_apart
from agents.models import Chunk, Document, DocumentState, KnowledgeSource

log = logging.getLogger(__name__)

BATCH_CHUNKS = 500
#: A document that nobody has touched for so long has lost its worker.
STALLED_SECONDS = 30
_UNDER_WAY = (DocumentState.READING, DocumentState.DELETING)


def read_at_once(document: Document, content: bytes) -> None:
    """Read a small document in the caller's transaction; raise DocumentUnreadable."""
    text = text_of(document.kind, content)
    pieces = list(cut(text))
    document.characters, document.chunk_total = len(text), len(pieces)
    _store(document, pieces)
    _finish(document, text)


def carry_on(document_id: uuid.UUID) -> None:
    """Read a document to its end, or clear it away. Harmless where another worker is at it, or nothing is left."""
    text: str | None = None
    pieces: list[Piece] = []
    is_under_way = True
    while is_under_way:
        with transaction.atomic():
            document = _locked(document_id)
            if document is None:
                return
            if document.state == DocumentState.DELETING:
                _clear(document)
                return
            if text is None:
                text = _text(document)
                pieces = list(cut(text or ""))
            is_under_way = text is not None and _batch(document, text, pieces)


def wake(document_id: uuid.UUID) -> None:
    """Have a worker go on with a document. Losing the message loses nothing: `resume_stalled` sends it again."""
    try:
        current_app.send_task("agents.ingest", args=[str(document_id)], queue="control")
    except (OperationalError, OSError) as error:
        log.warning("a worker could not be told of document %s: %s", document_id, error)


def resume_stalled(*, older_than_seconds: float = STALLED_SECONDS) -> None:
    """Have workers go on with documents that nobody has touched for a while."""
    now = timezone.now()
    # What was touched in the future was touched before the clock was put back.
    long_ago = Q(updated_at__lt=now - timedelta(seconds=older_than_seconds)) | Q(updated_at__gt=now)
    stalled = Document.objects.filter(long_ago, state__in=_UNDER_WAY)
    for document_id in stalled.values_list("pk", flat=True)[:100]:
        wake(document_id)


def delete_files(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _locked(document_id: uuid.UUID) -> Document | None:
    """Hold a document that is being read or deleted; None where it is not, or where another worker holds it."""
    rows = Document.objects.select_for_update(skip_locked=True, of=("self",)).select_related("source")
    found: Document | None = rows.filter(pk=document_id, state__in=_UNDER_WAY).first()
    return found


def _text(document: Document) -> str | None:
    """Return the text of a document; where there is none to be had, mark it as failed and return None."""
    try:
        with default_storage.open(document.file, "rb") as stream:
            text = text_apart(document.kind, stream.read())
    except DocumentUnreadable as error:
        _fail(document, error.message)
        return None
    except OSError:
        log.exception("the file of document %s can't be read any more", document.pk)
        _fail(document, "The uploaded file is gone or can’t be read any more. Upload it again.")
        return None
    document.characters = len(text)
    document.chunk_total = sum(1 for _ in cut(text))
    return text


def _batch(document: Document, text: str, pieces: list[Piece]) -> bool:
    """Store the next chunks of a document that the caller's transaction holds; return whether there are more."""
    _store(document, pieces[document.chunk_count : document.chunk_count + BATCH_CHUNKS])
    if document.chunk_count < len(pieces):
        return True
    _finish(document, text)
    return False


def _store(document: Document, pieces: list[Piece]) -> None:
    Chunk.objects.bulk_create(
        Chunk(
            organization_id=document.organization_id, source_id=document.source_id, document=document,
            position=document.chunk_count + offset, start=piece.start, text=piece.text,
        )
        for offset, piece in enumerate(pieces)
    )  # fmt: skip
    document.chunk_count += len(pieces)
    document.save(update_fields=["characters", "chunk_count", "chunk_total", "updated_at"])


def _finish(document: Document, text: str) -> None:
    words.keep(_holder(document), words.words_of(text))
    _leave(document, DocumentState.READY)


def _fail(document: Document, reason: str) -> None:
    document.error = reason
    _leave(document, DocumentState.FAILED)


def _leave(document: Document, state: DocumentState) -> None:
    """Give a document its last state, and forget the upload: the chunks hold all of it."""
    file, document.file, document.state = document.file, "", state
    document.save(update_fields=["file", "state", "error", "updated_at"])
    if file:
        transaction.on_commit(lambda: delete_files([file]))


def _clear(document: Document) -> None:
    """Delete a document with its chunks and its words."""
    rows = Chunk.objects.filter(document=document).order_by("position")
    if document.chunk_count and document.chunk_count == document.chunk_total:
        text = join(Piece(start, text) for start, text in rows.values_list("start", "text").iterator())
        words.release(_holder(document), words.words_of(text))
    file = document.file
    document.delete()
    if file:
        transaction.on_commit(lambda: delete_files([file]))


def _holder(document: Document) -> words.Holder:
    """Hold the source whose words are counted: counting from several documents at once must take turns."""
    KnowledgeSource.objects.select_for_update(no_key=True).get(pk=document.source_id)
    return words.Holder(document.organization_id, "source_id", document.source_id)
