"""The words of documents and memories, and which of them look like a word that is asked for.

PostgreSQL compares trigrams by an extension that not every server has, the embedded one for example. So the trigrams
of each word are kept in a column of their own, and plain arrays with their index do the same.
"""

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

#: Longer ones are names that machines made.
LONGEST_WORD = 40
_SHORTEST_WORD = 3
#: Of one document: one with more is a list of names, of which these are enough.
MOST_WORDS = 50_000
#: Below this share of common trigrams two words don't look alike.
LEAST_LIKENESS = 0.35
_MOST_ALIKE = 3
#: Letters and digits, with accents that are written behind their letters.
_WORDS = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")

_KEEP = """
INSERT INTO agents_word (id, created_at, organization_id, {holder}, word, trigrams, uses)
SELECT gen_random_uuid(), now(), %s, %s, given.word, string_to_array(given.trigrams, '|'), 1
FROM unnest(%s::text[], %s::text[]) AS given(word, trigrams) ORDER BY given.word
ON CONFLICT ({holder}, word) DO UPDATE SET uses = agents_word.uses + 1
"""
_RELEASE = "UPDATE agents_word SET uses = uses - 1 WHERE {holder} = %s AND word = ANY(%s) AND uses > 0"
_SWEEP = "DELETE FROM agents_word WHERE {holder} = %s AND word = ANY(%s) AND uses = 0"
_ALIKE = """
SELECT asked.word, near.word, near.likeness
FROM (
  SELECT word, string_to_array(trigrams, '|')::varchar[] AS parts
  FROM unnest(%s::text[], %s::text[]) AS given(word, trigrams)
) AS asked
CROSS JOIN LATERAL (
  SELECT found.word, sum(found.uses) AS uses,
    max(same.number::float / (cardinality(asked.parts) + cardinality(found.trigrams) - same.number)) AS likeness
  FROM agents_word AS found
  CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM unnest(found.trigrams) AS part WHERE part = ANY(asked.parts)
  ) AS same
  WHERE found.trigrams && asked.parts AND (found.source_id = ANY(%s::uuid[]) OR found.memory_id = ANY(%s::uuid[]))
  GROUP BY found.word
  ORDER BY likeness DESC, uses DESC, found.word
  LIMIT %s
) AS near
WHERE near.likeness >= %s
ORDER BY near.likeness DESC, near.uses DESC, near.word
"""


class Holder(NamedTuple):
    """Whose words they are: a source's (`source_id`) or a memory's (`memory_id`)."""

    organization_id: uuid.UUID
    column: str
    key: uuid.UUID


class Alike(NamedTuple):
    """A word that is there and looks like one that was asked for. `likeness` is the share of common trigrams."""

    word: str
    likeness: float


def words_of(text: str) -> list[str]:
    """Return the different words of a text as they are kept: folded, in order, at most MOST_WORDS of them."""
    # One by one: ways of writing accents are made one in a time that grows with the square of a text's length.
    found = {_folded(word) for word in set(_WORDS.findall(text)) if len(word) <= 2 * LONGEST_WORD}
    return sorted(word for word in found if _SHORTEST_WORD <= len(word) <= LONGEST_WORD)[:MOST_WORDS]


def trigrams_of(word: str) -> list[str]:
    """Return the different groups of three letters in a word, with the blanks around it as letters."""
    padded = f"  {word} "
    return sorted({padded[place : place + 3] for place in range(len(padded) - 2)})


def keep(holder: Holder, words: Sequence[str]) -> None:
    """Count one more use of each word. The caller holds the holder's row, and `words` has none twice."""
    if words:
        _run(_KEEP, holder, [holder.organization_id, holder.key, list(words), [_packed(word) for word in words]])


def release(holder: Holder, words: Sequence[str]) -> None:
    """Count one use less of each word, and drop those that are not used any more. The caller holds the holder's row."""
    if words:
        _run(_RELEASE, holder, [holder.key, list(words)])
        _run(_SWEEP, holder, [holder.key, list(words)])


def alike(
    words: Sequence[str], *, source_ids: Iterable[uuid.UUID], memory_ids: Iterable[uuid.UUID]
) -> Mapping[str, list[Alike]]:
    """Return, for each word of which there is one, the words in use that look most like it, the likest first."""
    if not words:
        return {}
    packed = [_packed(word) for word in words]
    values: list[Any] = [list(words), packed, list(source_ids), list(memory_ids), _MOST_ALIKE, LEAST_LIKENESS]
    found: dict[str, list[Alike]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, values)
        for asked, word, likeness in cursor.fetchall():
            found[asked].append(Alike(word, likeness))
    return found


def _run(statement: str, holder: Holder, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(holder=holder.column), values)


def _packed(word: str) -> str:
    return "|".join(trigrams_of(word))


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
