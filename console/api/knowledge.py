"""Sources of knowledge, their documents, and asking what they say."""

from datetime import datetime
from typing import Any, BinaryIO, cast

from ninja import Field, File, Form, Router, Schema, Status, UploadedFile
from pydantic import ConfigDict, JsonValue

from agents.knowledge.queries import chunks_of, documents_for, sources_for, with_documents
from agents.knowledge.search import DEFAULT_HITS, search
from agents.models import Chunk, Document, KnowledgeSource
from agents.services.knowledge import (
    document_add,
    document_delete,
    source_create,
    source_delete,
    source_update,
    text_add,
)
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.errors import Invalid, Problem
from console.lists.paging import MOST, page
from console.tenancy import by_public_id

router = Router(tags=["Knowledge"])

_LONGEST_POSITION = 9

_SOURCE: dict[str, JsonValue] = {"name": "Policies", "description": "What we promise our customers"}
_TEXT: dict[str, JsonValue] = {"name": "refunds.md", "text": "# Refunds\n\nWithin 30 days, without a reason."}
_QUESTION: dict[str, JsonValue] = {"query": "refund within 30 days", "limit": 5}


class SourceIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _SOURCE})

    name: str = Field(description="unique in the project")
    description: str = ""


class SourceOut(Schema):
    id: str
    project_id: str
    name: str
    description: str
    document_count: int
    size_bytes: int = Field(description="of all its documents as they were added")
    created_at: datetime
    updated_at: datetime


class TextIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _TEXT})

    name: str = Field(description="its ending says how it is read: .md, .csv, .json, .html; any other is plain text")
    text: str


class DocumentOut(Schema):
    id: str
    source_id: str
    name: str
    kind: str = Field(description="how it is read, such as md")
    size_bytes: int
    sha256: str
    state: str = Field(description="reading, ready or failed; only what is ready is found")
    error: str = Field(description="why it could not be read")
    characters: int
    chunk_count: int = Field(description="chunks that are stored")
    chunk_total: int = Field(description="chunks that it has; 0 until they are counted")
    added_by: str
    created_at: datetime


class ChunkOut(Schema):
    id: str
    position: int
    start: int = Field(description="the place of its first character in the document's text")
    text: str


class SearchIn(Schema):
    """A question. Without ids it is asked of every source and memory of the project."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _QUESTION})

    query: str = Field(description="quotes, `or` and a minus before a word mean what they mean to a web search")
    source_ids: list[str] | None = None
    memory_ids: list[str] | None = None
    memory_tags: list[str] | None = Field(None, description="entries of memories that have any of these")
    limit: int = Field(DEFAULT_HITS, description="1 to 100")


class SearchOut(Schema):
    """What was found, the best first."""

    results: list[dict[str, Any]] = Field(
        description="`{kind, id, title, text, score, snippet, marks, …}` each; kind is document or memory"
    )


def _out(source: KnowledgeSource) -> SourceOut:
    return SourceOut(
        id=source.public_id, project_id=source.project.public_id, name=source.name, description=source.description,
        document_count=getattr(source, "document_count", 0), size_bytes=getattr(source, "size_bytes", 0),
        created_at=source.created_at, updated_at=source.updated_at,
    )  # fmt: skip


def _document_out(document: Document) -> DocumentOut:
    return DocumentOut(
        id=document.public_id, source_id=document.source.public_id, name=document.name, kind=document.kind,
        size_bytes=document.size_bytes, sha256=document.sha256, state=document.state, error=document.error,
        characters=document.characters, chunk_count=document.chunk_count, chunk_total=document.chunk_total,
        added_by=document.added_by, created_at=document.created_at,
    )  # fmt: skip


def _chunk_out(chunk: Chunk) -> ChunkOut:
    return ChunkOut(id=chunk.public_id, position=chunk.position, start=chunk.start, text=chunk.text)


@router.get("", response=ListOut[SourceOut], summary="List sources, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[SourceOut]:
    require(request.auth.actor, Permission.VIEW)
    return list_out(page(with_documents(sources_for(request.auth.actor)), cursor=cursor, limit=limit), _out)


@router.post("", response={201: SourceOut}, summary="Create a source")
def create(request: ApiRequest, data: SourceIn) -> Status[SourceOut]:
    place = request.auth
    source = source_create(actor=place.actor, project=place.project, name=data.name, description=data.description)
    return Status(201, _out(source))


@router.post("/search", response=SearchOut, summary="Ask sources and memories of the project")
def ask(request: ApiRequest, data: SearchIn) -> SearchOut:
    """All words are looked for; where nothing has them all, some of them, or words that look like them."""
    place = request.auth
    require(place.actor, Permission.VIEW, project_id=place.project.pk)
    hits = search(organization_id=place.organization.pk, project_id=place.project.pk, **data.model_dump())
    return SearchOut(results=[hit.as_json() for hit in hits])


@router.get("/{source_id}", response=SourceOut, summary="Get a source")
def detail(request: ApiRequest, source_id: str) -> SourceOut:
    return _out(_source(request, source_id))


@router.put("/{source_id}", response=SourceOut, summary="Give a source another name or description")
def update(request: ApiRequest, source_id: str, data: SourceIn) -> SourceOut:
    source_update(
        actor=request.auth.actor, source=_source(request, source_id), name=data.name, description=data.description
    )
    return detail(request, source_id)


@router.delete("/{source_id}", response={204: None}, summary="Delete a source with its documents")
def delete(request: ApiRequest, source_id: str) -> Status[None]:
    source_delete(actor=request.auth.actor, source=_source(request, source_id))
    return Status(204, None)


@router.get("/{source_id}/documents", response=ListOut[DocumentOut], summary="List documents, the newest first")
def documents(request: ApiRequest, source_id: str, cursor: str | None = None, limit: int = 50) -> ListOut[DocumentOut]:
    rows = documents_for(request.auth.actor, _source(request, source_id)).select_related("source")
    return list_out(page(rows, cursor=cursor, limit=limit), _document_out)


@router.post("/{source_id}/documents", response={201: DocumentOut}, summary="Add a text as a document")
def add_text(request: ApiRequest, source_id: str, data: TextIn) -> Status[DocumentOut]:
    source = _source(request, source_id)
    return Status(201, _document_out(text_add(actor=request.auth.actor, source=source, name=data.name, text=data.text)))


@router.post("/{source_id}/documents/upload", response={201: DocumentOut}, summary="Add a file as a document")
def upload(request: ApiRequest, source_id: str, file: File[UploadedFile], name: Form[str] = "") -> Status[DocumentOut]:
    """A large file is read in the background: it is found once its state is ready."""
    document = document_add(
        actor=request.auth.actor, source=_source(request, source_id), name=name or file.name or "",
        file=cast("BinaryIO", file.file),
    )  # fmt: skip
    return Status(201, _document_out(document))


@router.get("/{source_id}/documents/{document_id}", response=DocumentOut, summary="Get a document")
def document(request: ApiRequest, source_id: str, document_id: str) -> DocumentOut:
    return _document_out(_document(request, source_id, document_id))


@router.get("/{source_id}/documents/{document_id}/chunks", response=ListOut[ChunkOut], summary="Read a document")
def chunks(
    request: ApiRequest, source_id: str, document_id: str, cursor: str | None = None, limit: int = 50
) -> ListOut[ChunkOut]:
    """The chunks in order: together they hold all of its text. A cursor is the position of a chunk."""
    rows, most = chunks_of(_document(request, source_id, document_id)), max(1, min(limit, MOST))
    found = list(rows.filter(position__gte=_position(cursor))[: most + 1])
    behind = str(found[most].position) if len(found) > most else None
    return ListOut[ChunkOut](items=[_chunk_out(chunk) for chunk in found[:most]], next_cursor=behind)


@router.delete("/{source_id}/documents/{document_id}", response={204: None}, summary="Delete a document")
def delete_document(request: ApiRequest, source_id: str, document_id: str) -> Status[None]:
    document_delete(actor=request.auth.actor, document=_document(request, source_id, document_id))
    return Status(204, None)


def _source(request: ApiRequest, source_id: str) -> KnowledgeSource:
    require(request.auth.actor, Permission.VIEW)
    return by_public_id(with_documents(sources_for(request.auth.actor)), source_id)


def _document(request: ApiRequest, source_id: str, document_id: str) -> Document:
    rows = documents_for(request.auth.actor, _source(request, source_id)).select_related("source")
    return by_public_id(rows, document_id)


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= _LONGEST_POSITION):
        raise Invalid.of([Problem("This is not a cursor that a page of this list gave.", "cursor")])
    return int(cursor)
