"""What changed from one text to another: rows side by side, with the changed words marked and the rest folded."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

_CONTEXT = 3
#: Fewer unchanged lines than this are not worth a fold.
_LEAST_FOLD = 4
_ALIKE = 0.5
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
#: Above this many lines the matcher skips very common ones, which keeps it fast and costs a little precision.
_LONG = 1500
#: Word marks help in lines that a person reads, not in minified ones.
_LONGEST_MARKED_LINE = 2000


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
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _LONG)
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        if tag == "equal":
            for offset in range(left_to - left_from):
                parts = (Part(before[left_from + offset], is_changed=False),)
                yield Row(
                    Line(Kind.SAME, left_from + offset + 1, parts), Line(Kind.SAME, right_from + offset + 1, parts)
                )
        else:
            yield from _changed(before[left_from:left_to], after[right_from:right_to], left_from, right_from)


def _changed(before: Sequence[str], after: Sequence[str], left_from: int, right_from: int) -> Iterator[Row]:
    for index in range(max(len(before), len(after))):
        left = before[index] if index < len(before) else None
        right = after[index] if index < len(after) else None
        left_parts, right_parts = _marked(left, right)
        yield Row(
            NO_LINE if left is None else Line(Kind.DEL, left_from + index + 1, left_parts),
            NO_LINE if right is None else Line(Kind.ADD, right_from + index + 1, right_parts),
        )


def _marked(left: str | None, right: str | None) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Split two lines into parts that stayed and parts that changed; unlike lines stay whole."""
    whole = (Part(left or "", is_changed=False),), (Part(right or "", is_changed=False),)
    if left is None or right is None or max(len(left), len(right)) > _LONGEST_MARKED_LINE:
        return whole
    left_words, right_words = _WORDS.findall(left), _WORDS.findall(right)
    matcher = SequenceMatcher(None, left_words, right_words, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
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
