"""Reads of sources, documents and memories. Each starts from what the actor may see."""

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from agents.models import Chunk, Document, DocumentState, KnowledgeSource, Memory, MemoryEntry
from console.access import Actor

_NOT_DELETED = ~Q(documents__state=DocumentState.DELETING)


def sources_for(actor: Actor) -> "QuerySet[KnowledgeSource]":
    return KnowledgeSource.objects.visible_to(actor).select_related("project")


def with_documents(sources: "QuerySet[KnowledgeSource]") -> "QuerySet[KnowledgeSource]":
    """Add to each source `document_count`, `size_bytes` in all, and `last_added_at`."""
    return sources.annotate(
        document_count=Count("documents", filter=_NOT_DELETED),
        size_bytes=Coalesce(Sum("documents__size_bytes", filter=_NOT_DELETED), 0),
        last_added_at=Max("documents__created_at", filter=_NOT_DELETED),
    )


def documents_for(actor: Actor, source: KnowledgeSource) -> "QuerySet[Document]":
    rows: QuerySet[Document] = Document.objects.visible_to(actor).filter(source=source)
    return rows.exclude(state=DocumentState.DELETING)


def chunks_of(document: Document) -> "QuerySet[Chunk]":
    """Return a document's chunks in order."""
    rows: QuerySet[Chunk] = Chunk.objects.filter(organization_id=document.organization_id, document=document)
    return rows.order_by("position").defer("search")


def memories_for(actor: Actor) -> "QuerySet[Memory]":
    return Memory.objects.visible_to(actor).select_related("project", "agent")


def with_entries(memories: "QuerySet[Memory]") -> "QuerySet[Memory]":
    """Add to each memory `entry_count`, those that count now, and `last_written_at`."""
    entries = MemoryEntry.objects.filter(memory=OuterRef("pk")).order_by()
    counted = entries.filter(superseded_at=None).values("memory").annotate(number=Count("pk")).values("number")
    newest = entries.order_by("-pk").values("created_at")[:1]
    return memories.annotate(entry_count=Coalesce(Subquery(counted), 0), last_written_at=Subquery(newest))


def entries_for(actor: Actor, memory: Memory) -> "QuerySet[MemoryEntry]":
    """Return all that was ever written into a memory."""
    rows: QuerySet[MemoryEntry] = MemoryEntry.objects.visible_to(actor).filter(memory=memory)
    return rows.select_related("replaced_by").defer("search", "replaced_by__search")


def current(entries: "QuerySet[MemoryEntry]") -> "QuerySet[MemoryEntry]":
    """Return those that count now: neither replaced nor forgotten."""
    return entries.filter(superseded_at=None)


def history_of(actor: Actor, entry: MemoryEntry) -> "QuerySet[MemoryEntry]":
    """Return an entry with all that replaced one another in its place, the newest first."""
    return entries_for(actor, entry.memory).filter(line=entry.line).order_by("-pk")
