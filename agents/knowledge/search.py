"""Finds what documents and memories say about a question.

All words of the question are looked for first, by PostgreSQL's full-text search. Where nothing has them all, those
passages are found that have some of them, or words that look like them.
"""

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db.models import Case, Expression, F, FloatField, QuerySet, Value, When
from pydantic import JsonValue

from agents.knowledge import words
from agents.knowledge.errors import QuestionInvalid
from agents.knowledge.limits import LONGEST_QUESTION, MOST_HITS
from agents.knowledge.marks import Mark, unmarked
from agents.knowledge.reach import Reach, reach_of
from agents.knowledge.words import Alike
from agents.models import Chunk, DocumentState, MemoryEntry
from agents.models.knowledge import SEARCH_LANGUAGE
from console.errors import Problem
from console.storable import unstorable

DEFAULT_HITS = 10
#: Of so many passages that match, the newest, the best are chosen: ranking takes time for each.
MOST_RANKED = 10_000
#: So many words of a question are looked for where nothing has them all.
_MOST_ASKED = 24
#: As alike as a word is to itself.
_SAME = 1.0
#: PostgreSQL's way of bringing a rank between 0 and 1.
_BELOW_ONE = 32
_SNIPPET_WORDS = 40


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers a question. `kind` is `document` or `memory`.

    `id` is the chunk's or the entry's, `title` names its document or memory, `holder_id` is the source's or memory's.
    `score` is 0 to 1, and compares the hits of one answer. `marks` are the words of `snippet` that fit.
    """

    kind: str
    id: str
    title: str
    text: str
    score: float
    snippet: str
    marks: tuple[Mark, ...]
    holder_id: str
    document_id: str = ""
    #: Of the chunk in its document, from 0 on.
    position: int = 0
    tags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Return the hit as steps and programs get it; `marks` are pairs of first and last character."""
        holder = "source_id" if self.kind == "document" else "memory_id"
        facts: dict[str, JsonValue] = {
            "kind": self.kind,
            "id": self.id,
            "title": self.title,
            "text": self.text,
            "score": round(self.score, 6),
            "snippet": self.snippet,
            "marks": [list(mark) for mark in self.marks],
            holder: self.holder_id,
        }
        if self.document_id:
            return {**facts, "document_id": self.document_id, "position": self.position}
        return {**facts, "tags": list(self.tags)}


class _Question(NamedTuple):
    """What is looked for: passages that match, with a count of the asked words in them where that varies."""

    match: SearchQuery
    found: Expression | Value
    asked: int


def search(
    *,
    organization_id: uuid.UUID,
    project_id: uuid.UUID,
    query: str,
    source_ids: Iterable[str] | None = None,
    memory_ids: Iterable[str] | None = None,
    memory_tags: Iterable[str] | None = None,
    limit: int = DEFAULT_HITS,
) -> list[Hit]:
    """Return the passages that answer a question best, the best first; equally good ones the newest first.

    Quotes, `or` and a minus before a word mean what they mean to a web search. What is named by public id is searched
    and nothing else; where nothing is named, every source and memory that the project's runs may use. Of memories,
    the entries that count now, with `memory_tags` those that have any of the tags. Raise QuestionInvalid for a
    question that can't be asked, and NotFound for an id of nothing here.
    """
    question, most = _checked(query, limit), max(1, min(limit, MOST_HITS))
    tags = [tag for tag in memory_tags or () if tag]
    reach = reach_of(
        organization_id=organization_id, project_id=project_id, source_ids=source_ids, memory_ids=memory_ids,
        has_tags=bool(tags),
    )  # fmt: skip
    every_word = SearchQuery(question, search_type="websearch", config=SEARCH_LANGUAGE)
    found = _hits(reach, _Question(every_word, Value(1.0), 1), tags, most)
    if found:
        return found
    some = _some_words(reach, question)
    return _hits(reach, some, tags, most) if some else []


def _checked(query: str, limit: int) -> str:
    question, problems = query.strip(), []
    if not question:
        problems.append(Problem("Write what to look for.", "query"))
    elif len(question) > LONGEST_QUESTION:
        problems.append(Problem(f"Use at most {LONGEST_QUESTION:,} characters.", "query"))
    problems += unstorable({"query": question})
    if not 1 <= limit <= MOST_HITS:
        problems.append(Problem(f"Use 1 to {MOST_HITS}.", "limit"))
    if problems:
        raise QuestionInvalid.of(problems)
    return question


def _some_words(reach: Reach, question: str) -> _Question | None:
    """Return a question after the words that are there, or after those that look like them; None where none does."""
    asked = words.words_of(question)[:_MOST_ASKED]
    near = words.alike(
        asked, source_ids=reach.sources.values_list("pk", flat=True),
        memory_ids=reach.memories.values_list("pk", flat=True),
    )  # fmt: skip
    each = [_any_of(alike) for alike in near.values()]
    if not each:
        return None
    return _Question(reduce(or_, each), reduce(add, [_one_if(query) for query in each]), len(asked))


def _any_of(alike: Sequence[Alike]) -> SearchQuery:
    """Return a query after the word itself, where it is there, else after those that look like it."""
    found = [near.word for near in alike if near.likeness == _SAME] or [near.word for near in alike]
    return reduce(or_, [SearchQuery(word, search_type="plain", config=SEARCH_LANGUAGE) for word in found])


def _one_if(query: SearchQuery) -> Expression:
    return Case(When(search=query, then=Value(1.0)), default=Value(0.0), output_field=FloatField())


def _hits(reach: Reach, question: _Question, tags: Sequence[str], most: int) -> list[Hit]:
    start, stop = (f"{secrets.token_hex(4)}{end}" for end in "<>")
    entries: QuerySet[MemoryEntry] = MemoryEntry.objects.filter(memory__in=reach.memories, superseded_at=None)
    if tags:
        entries = entries.filter(tags__overlap=list(tags))
    chunks: QuerySet[Chunk] = Chunk.objects.filter(source__in=reach.sources, document__state=DocumentState.READY)
    best_chunks = _best(chunks, "text", question, (start, stop)).select_related("document", "source")
    best_entries = _best(entries, "content", question, (start, stop)).select_related("memory")
    rows = [*best_chunks[:most], *best_entries[:most]]
    rows.sort(key=lambda row: (row.score, row.pk), reverse=True)
    return [_hit(row, start, stop) for row in rows[:most]]


def _best(rows: "QuerySet[Any]", text: str, question: _Question, around: tuple[str, str]) -> "QuerySet[Any]":
    """Rank the newest of the rows that match, and mark the words that fit with what stands in `around`."""
    newest = rows.filter(search=question.match).order_by("-pk").values("pk")[:MOST_RANKED]
    rank = SearchRank(F("search"), question.match, cover_density=True, normalization=Value(_BELOW_ONE))
    snippet = SearchHeadline(
        text, question.match, config=SEARCH_LANGUAGE, start_sel=around[0], stop_sel=around[1],
        max_words=_SNIPPET_WORDS, min_words=_SNIPPET_WORDS // 2,
    )  # fmt: skip
    score = (question.found - Value(1.0) + rank) / Value(float(question.asked))
    ranked: QuerySet[Any] = rows.model.objects.filter(pk__in=newest).defer("search")
    ranked = ranked.annotate(score=score, marked=snippet)
    return ranked.order_by("-score", "-pk")


def _hit(row: Any, start: str, stop: str) -> Hit:
    """Shape a chunk or an entry that was ranked: a query adds `score` and `marked` to it."""
    snippet, marks = unmarked(row.marked, start, stop)
    score: float = row.score
    if isinstance(row, Chunk):
        return Hit(
            "document", row.public_id, row.document.name, row.text, score, snippet, marks,
            holder_id=row.source.public_id, document_id=row.document.public_id, position=row.position,
        )  # fmt: skip
    return Hit(
        "memory", row.public_id, row.key or row.memory.name, row.content, score, snippet, marks,
        holder_id=row.memory.public_id, tags=tuple(row.tags),
    )  # fmt: skip
