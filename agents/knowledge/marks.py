"""Which words of a snippet fit the question. Pure."""

from typing import NamedTuple


class Mark(NamedTuple):
    """Some consecutive characters: `first` is the place of the first of them, `end` of the first behind them."""

    first: int
    end: int


def unmarked(marked: str, start: str, stop: str) -> tuple[str, tuple[Mark, ...]]:
    """Return a text without the marks `start` and `stop` in it, and what stood between them."""
    head, *parts = marked.split(start)
    text, marks = head, []
    for part in parts:
        inside, _, behind = part.partition(stop)
        marks.append(Mark(len(text), len(text) + len(inside)))
        text += inside + behind
    return text, tuple(marks)
