"""Changing sources of knowledge and their documents."""

import hashlib
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from agents.knowledge import ingestion
from agents.knowledge.errors import (
    DocumentExists,
    DocumentTooLarge,
    DocumentUnreadable,
    KnowledgeInvalid,
    KnowledgeNameTaken,
    TooManyDocuments,
)
from agents.knowledge.limits import MOST_DOCUMENTS, READ_AT_ONCE_BYTES
from agents.knowledge.naming import description_problems, name_problems
from agents.knowledge.reading import KINDS
from agents.models import Document, DocumentState, KnowledgeSource
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.ids import new_id
from console.tenancy import InOrganization, ensure_owned

_PIECE_BYTES = 1024 * 1024


def source_create(*, actor: Actor, project: InOrganization, name: str, description: str = "") -> KnowledgeSource:
    """Create a source without documents; raise KnowledgeInvalid with every problem, or KnowledgeNameTaken."""
    ensure_owned(actor, project)
    require(actor, Permission.EDIT_PIPELINES, project_id=project.pk)
    source = KnowledgeSource(organization_id=actor.organization_id, project_id=project.pk)
    _name(source, name, description)
    audit.record(actor=actor, action="knowledge.create", target=source, after=_told(source))
    return source


def source_update(*, actor: Actor, source: KnowledgeSource, name: str, description: str = "") -> KnowledgeSource:
    """Give a source another name and description; raise as `source_create` does."""
    require(actor, Permission.EDIT_PIPELINES, project_id=source.project_id)
    before = _told(source)
    _name(source, name, description)
    audit.record(actor=actor, action="knowledge.update", target=source, before=before, after=_told(source))
    return source


@transaction.atomic
def source_delete(*, actor: Actor, source: KnowledgeSource) -> None:
    """Delete a source with its documents."""
    require(actor, Permission.EDIT_PIPELINES, project_id=source.project_id)
    files = list(source.documents.exclude(file="").values_list("file", flat=True))
    audit.record(
        actor=actor, action="knowledge.delete", target=source,
        before={**_told(source), "documents": source.documents.count()},
    )  # fmt: skip
    source.delete()
    transaction.on_commit(lambda: ingestion.delete_files(files))


def text_add(*, actor: Actor, source: KnowledgeSource, name: str, text: str) -> Document:
    """Take a text in as a document, read as its name says, else as it stands; raise as `document_add` does."""
    kind = _ending(name) if _ending(name) in KINDS else "txt"
    # Half a character becomes bytes that are not UTF-8, and is refused as such.
    file = BytesIO(text.encode("utf-8", "surrogatepass"))
    return document_add(actor=actor, source=source, name=name, file=file, kind=kind)


def document_add(
    *, actor: Actor, source: KnowledgeSource, name: str, file: BinaryIO, kind: str | None = None
) -> Document:
    """Take a document in: a small one is read at once, a larger one by a worker.

    Without a `kind` of `KINDS` the ending of the name says it. Raise KnowledgeInvalid for a name that can't be used,
    DocumentTooLarge, DocumentExists for the same content again, TooManyDocuments and, for a small document,
    DocumentUnreadable. Nothing is kept of what was refused.
    """
    require(actor, Permission.EDIT_PIPELINES, project_id=source.project_id)
    name = name.strip()
    kind = _checked_kind(name, kind or _ending(name))
    size, sha256 = _measured(file)
    document = Document(
        id=new_id(), organization_id=source.organization_id, project_id=source.project_id, source=source, name=name,
        kind=kind, size_bytes=size, sha256=sha256, added_by=actor.label[:255],
    )  # fmt: skip
    with transaction.atomic():
        _save(document)
        audit.record(
            actor=actor, action="knowledge.add_document", target=document,
            after={"source": source.name, "name": name, "size_bytes": size},
        )  # fmt: skip
        _read(document, file)
    return document


def document_delete(*, actor: Actor, document: Document) -> None:
    """Delete a document. It is found no more from now on; a worker clears away the text of a large one."""
    require(actor, Permission.EDIT_PIPELINES, project_id=document.project_id)
    with transaction.atomic():
        if not Document.objects.filter(pk=document.pk).update(state=DocumentState.DELETING):
            return
        audit.record(
            actor=actor, action="knowledge.delete_document", target=document, before={"source": document.source.name}
        )
        if document.size_bytes > READ_AT_ONCE_BYTES:
            transaction.on_commit(lambda: ingestion.wake(document.pk))
        else:
            ingestion.carry_on(document.pk)


def _name(source: KnowledgeSource, name: str, description: str) -> None:
    """Check, set and save the words of a source."""
    source.name, source.description = name.strip(), description.strip()
    problems = [*name_problems(source.name, "source"), *description_problems(source.description)]
    if problems:
        raise KnowledgeInvalid.of(problems)
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        if "knowledge_source_name_in_project" not in str(error):
            raise
        raise KnowledgeNameTaken(
            f"There is a source named {source.name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this project.", "name")],
        ) from error


def _ending(name: str) -> str:
    return PurePath(name.strip()).suffix.removeprefix(".").lower()


def _checked_kind(name: str, kind: str) -> str:
    """Return the kind of a document; raise KnowledgeInvalid where its name or kind can't be used."""
    problems = name_problems(name, "document")
    if not problems and kind not in KINDS:
        endings = ", ".join(f".{known}" for known in KINDS)
        problems = [Problem(f"This kind of file can’t be read here. Its name must end in {endings}.", "name")]
    if problems:
        raise KnowledgeInvalid.of(problems)
    return kind


def _measured(file: BinaryIO) -> tuple[int, str]:
    """Return size and SHA-256 of a file, and leave it at its beginning; raise where it is empty or too large."""
    size, digest = 0, hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        size += len(piece)
        digest.update(piece)
        if size > settings.CALLBOARD_UPLOAD_BYTES:
            most = settings.CALLBOARD_UPLOAD_BYTES / 1_000_000
            raise DocumentTooLarge(f"The document is larger than {most:g} MB, the most. Split it into several.")
    if not size:
        raise DocumentUnreadable("The document is empty. Upload one that holds text.")
    file.seek(0)
    return size, digest.hexdigest()


def _save(document: Document) -> None:
    source = document.source
    if source.documents.count() >= MOST_DOCUMENTS:
        raise TooManyDocuments(f"{source.name} has {MOST_DOCUMENTS:,} documents, the most. Make another source.")
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        if "document_once_in_source" not in str(error):
            raise
        raise DocumentExists("This source has a document with the same content. Delete that one first.") from error


def _read(document: Document, file: BinaryIO) -> None:
    """Read a small document here, in the caller's transaction; leave a large one to a worker."""
    if document.size_bytes <= READ_AT_ONCE_BYTES:
        ingestion.read_at_once(document, file.read())
        return
    document.file = default_storage.save(f"knowledge/{document.public_id}.{document.kind}", File(file))
    document.save(update_fields=["file"])
    transaction.on_commit(lambda: ingestion.wake(document.pk))


def _told(source: KnowledgeSource) -> dict[str, object]:
    return {"name": source.name, "description": source.description}
