"""Where in a JSON text something stands: from a path of keys and places to the line a person looks for."""

import json
from collections.abc import Iterator, Sequence

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line, from 1, of what a path names; of the nearest thing around it where it names nothing.

    The text must be JSON.
    """
    shown = value = _after_blanks(text, 0)
    for part in path:
        found = _inside(text, value, part)
        if found is None:
            break
        shown, value = found
    return text.count("\n", 0, shown) + 1


def _inside(text: str, at: int, part: str | int) -> tuple[int, int] | None:
    """Return where an entry of the value at `at` begins and where its value does; the last of those with its key."""
    opening = text[at : at + 1]
    if opening == "{" and isinstance(part, str):
        found = [(begin, value) for key, begin, value in _entries(text, at) if key == part]
    elif opening == "[" and isinstance(part, int):
        found = [(item, item) for place, item in enumerate(_items(text, at)) if place == part]
    else:
        found = []
    return found[-1] if found else None


def _entries(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield the key, where it stands and where its value does, of each entry of an object."""
    at = _after_blanks(text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        value = _after_blanks(text, _after_blanks(text, end) + 1)
        yield key, at, value
        at = _next(text, value)


def _items(text: str, at: int) -> Iterator[int]:
    at = _after_blanks(text, at + 1)
    while text[at] != "]":
        yield at
        at = _next(text, at)


def _next(text: str, value: int) -> int:
    """Return where the entry after a value begins, or the bracket that closes them all."""
    _, end = _DECODER.raw_decode(text, value)
    end = _after_blanks(text, end)
    return _after_blanks(text, end + 1) if text[end] == "," else end


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
