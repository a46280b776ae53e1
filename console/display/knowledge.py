"""Documents, memories and what was found in them, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.knowledge.marks import Mark
from agents.knowledge.search import Hit
from agents.models import Document, DocumentState, Memory, MemoryEntry, MemoryScope
from console.display import text
from console.display.options import Option

_LOOKS = {
    DocumentState.READING: ("running", "Reading"),
    DocumentState.READY: ("completed", "Ready"),
    DocumentState.FAILED: ("broken", "Failed"),
}
#: Passages on one page of a document.
PASSAGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with the look of its state."""

    document: Document
    status: str
    word: str

    @property
    def is_moving(self) -> bool:
        return self.document.state == DocumentState.READING


@dataclass(frozen=True, slots=True)
class HitRow:
    """A passage that was found: where it is, and its words with those marked that fit."""

    hit: Hit
    url: str
    kind: str
    snippet: SafeString


def parts(current: str) -> list[Option]:
    """Return the two halves of the Knowledge pages; `current` is the URL name of the one that is open."""
    halves = (("knowledge", "Sources"), ("memories", "Memories"))
    return [Option(label, url=reverse(name), is_current=name == current) for name, label in halves]


def document_row(document: Document) -> DocumentRow:
    return DocumentRow(document, *_LOOKS[DocumentState(document.state)])


def hit_row(hit: Hit) -> HitRow:
    if hit.kind == "document":
        first = hit.position - hit.position % PASSAGES_SHOWN
        page = reverse("knowledge-document", args=[hit.holder_id, hit.document_id])
        url, kind = f"{page}?first={first}#passage-{hit.position}", "Document"
    else:
        url, kind = reverse("memory-entry", args=[hit.holder_id, hit.id]), "Memory"
    return HitRow(hit, url, kind, marked(hit.snippet, hit.marks))


def marked(snippet: str, marks: Sequence[Mark]) -> SafeString:
    """Return a snippet as HTML with some of its words marked."""
    pieces, done = [], 0
    for mark in marks:
        pieces += [(text.visible(snippet[done : mark.first]), text.visible(snippet[mark.first : mark.end]))]
        done = mark.end
    html = format_html_join("", "{}<mark>{}</mark>", pieces)
    return format_html("{}{}", html, text.visible(snippet[done:]))


def scope_word(memory: Memory) -> str:
    """Return for whom a memory is, in words."""
    if memory.scope == MemoryScope.PROJECT and memory.project is not None:
        return f"project {memory.project.name}"
    if memory.scope == MemoryScope.AGENT and memory.agent is not None:
        return f"agent {memory.agent.name}"
    return "whole organization"


def ending_word(entry: MemoryEntry) -> str:
    """Return what became of an entry: blank while it counts."""
    if entry.superseded_at is None:
        return ""
    return "replaced" if entry.replaced_by_id else "forgotten"
