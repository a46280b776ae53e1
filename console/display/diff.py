"""What changed from one text to another: rows side by side, with the changed words marked and the rest folded."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

_CONTEXT = 3
#: Fewer unchanged lines than this are not worth a fold.
_LEAST_FOLD = 4
_ALIKE = 0.5
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
#: Word by word is quadratic in a line's words: this many comparisons are spent on one difference, then lines are whole.
_MOST_WORD_PAIRS = 1_000_000


class Kind(StrEnum):
    SAME = "same"
    ADD = "add"
    DEL = "del"
    NONE = "none"  #: there is no such line on this side


class Part(NamedTuple):
    """A piece of a line, and whether it differs from its counterpart."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    kind: Kind
    number: int | None = None
    parts: tuple[Part, ...] = ()


NO_LINE = Line(Kind.NONE)


class Row(NamedTuple):
    """The same place before and after."""

    left: Line
    right: Line


@dataclass(frozen=True, slots=True)
class Block:
    """Rows shown together; a folded one is shown on demand."""

    rows: tuple[Row, ...]
    is_folded: bool = False

    @property
    def unified(self) -> tuple[Line, ...]:
        """Return the lines one under another: of each run of changes, first what went, then what came."""
        lines: list[Line] = []
        added: list[Line] = []
        for row in self.rows:
            if row.left.kind is Kind.SAME:
                lines += [*added, row.right]
                added = []
                continue
            lines += [row.left] if row.left.kind is Kind.DEL else []
            added += [row.right] if row.right.kind is Kind.ADD else []
        return (*lines, *added)


@dataclass(frozen=True, slots=True)
class Difference:
    blocks: tuple[Block, ...]
    added: int
    removed: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed)


def compare(before: str, after: str) -> Difference:
    """Compare two texts line by line."""
    if "\r\n" in before and "\r\n" in after:
        before, after = before.replace("\r\n", "\n"), after.replace("\r\n", "\n")
    rows = list(_rows(_lines(before), _lines(after)))
    return Difference(
        blocks=tuple(_blocks(rows)),
        added=sum(row.right.kind is Kind.ADD for row in rows),
        removed=sum(row.left.kind is Kind.DEL for row in rows),
    )


def _lines(text: str) -> list[str]:
    # Not splitlines: it also breaks at characters that an editor shows in the middle of a line.
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _rows(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    pairs_left = _MOST_WORD_PAIRS
    for is_same, lefts, rights in _stretches(before, after):
        for left, right in zip_longest(lefts, rights):
            if is_same:
                parts = (Part(before[left], is_changed=False),)
                yield Row(Line(Kind.SAME, left + 1, parts), Line(Kind.SAME, right + 1, parts))
                continue
            words = _words(before, left), _words(after, right)
            pairs_left -= len(words[0]) * len(words[1])
            left_parts, right_parts = _marked(*words) if pairs_left > 0 else _whole(*words)
            yield Row(
                NO_LINE if left is None else Line(Kind.DEL, left + 1, left_parts),
                NO_LINE if right is None else Line(Kind.ADD, right + 1, right_parts),
            )


def _stretches(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, range, range]]:
    """Yield stretches of both texts that are the same, or that replace one another."""
    shorter = min(len(before), len(after))
    head = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    tail = next((index for index in range(shorter - head) if before[-1 - index] != after[-1 - index]), shorter - head)
    left_end, right_end = len(before) - tail, len(after) - tail
    yield True, range(head), range(head)
    # The matcher skips very common lines of long texts: without that a text of equal lines would take it minutes.
    matcher = SequenceMatcher(None, before[head:left_end], after[head:right_end])
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        yield tag == "equal", range(head + left_from, head + left_to), range(head + right_from, head + right_to)
    yield True, range(left_end, len(before)), range(right_end, len(after))


def _words(lines: Sequence[str], index: int | None) -> list[str]:
    return [] if index is None else _WORDS.findall(lines[index])


def _whole(left: Sequence[str], right: Sequence[str]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    return (Part("".join(left), is_changed=False),), (Part("".join(right), is_changed=False),)


def _marked(left_words: Sequence[str], right_words: Sequence[str]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Split two lines into parts that stayed and parts that changed; unlike lines stay whole."""
    matcher = SequenceMatcher(None, left_words, right_words)
    if not left_words or not right_words or matcher.ratio() < _ALIKE:
        return _whole(left_words, right_words)
    left_parts: list[Part] = []
    right_parts: list[Part] = []
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        is_changed = tag != "equal"
        if left_to > left_from:
            left_parts.append(Part("".join(left_words[left_from:left_to]), is_changed))
        if right_to > right_from:
            right_parts.append(Part("".join(right_words[right_from:right_to]), is_changed))
    return tuple(left_parts), tuple(right_parts)


def _blocks(rows: Sequence[Row]) -> Iterator[Block]:
    """Yield the changes with three lines around them, and the rest folded."""
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.left.kind is not Kind.SAME:
            for neighbour in range(max(0, index - _CONTEXT), min(len(rows), index + _CONTEXT + 1)):
                near[neighbour] = True
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and near[end] == near[start]:
            end += 1
        is_folded = not near[start] and end - start >= _LEAST_FOLD
        yield Block(tuple(rows[start:end]), is_folded)
        start = end
