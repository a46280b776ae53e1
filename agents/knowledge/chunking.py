"""Cuts a text into chunks that can be found one by one. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

#: About as much as a reader takes in at once, and as search ranks well.
CHUNK_CHARACTERS = 1_200
#: So much of its end is said again by the next chunk, so that what stands across a cut is found too.
OVERLAP_CHARACTERS = 150

#: Where to cut, the best place first: behind a blank line, a line, a sentence, a word.
_CUTS = (
    re.compile(r"\n[ \t\r]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。\uff01\uff1f][\"'”’)\]]*\s+"),  # with the full stops of other scripts
    re.compile(r"\s+"),
)


class Piece(NamedTuple):
    """Some consecutive characters of a text, from `start` on."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def cut(text: str, *, size: int = CHUNK_CHARACTERS, overlap: int = OVERLAP_CHARACTERS) -> Iterator[Piece]:
    """Yield pieces of at most `size` characters which together hold every character of the text, in order.

    Each begins at or before the end of the one before it, by at most `overlap`. `overlap` is less than half of `size`.
    """
    start = 0
    while start < len(text):
        end = _end(text, start, size)
        yield Piece(start, text[start:end])
        start = end if end == len(text) else _next_start(text, start, end, overlap)


def join(pieces: Iterator[Piece]) -> str:
    """Return the text that was cut into `pieces`."""
    parts, end = [], 0
    for piece in pieces:
        parts.append(piece.text[end - piece.start :])
        end = piece.end
    return "".join(parts)


def _end(text: str, start: int, size: int) -> int:
    """Return where to end the piece from `start`: as late as it fits, at the best place of its second half."""
    last = start + size
    if last >= len(text):
        return len(text)
    for place in _CUTS:
        ends = [found.end() for found in place.finditer(text, start + size // 2, last)]
        if ends:
            return ends[-1]
    return last


def _next_start(text: str, start: int, end: int, overlap: int) -> int:
    """Return where the next piece begins: at a word within the overlap, else where this one ends."""
    if not overlap:
        return end
    earliest = max(start + 1, end - overlap)
    found = _CUTS[-1].search(text, earliest, end)
    return found.end() if found else end
