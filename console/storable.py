"""What the database can't hold as text: the character NUL, and half of a character (a lone surrogate)."""

import re
from collections.abc import Iterator, Mapping

from console.errors import Problem

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MESSAGE = "This holds the character NUL or half of a character, which can’t be stored."


def unstorable(value: object) -> Iterator[Problem]:
    """Return a problem for each text inside `value`, keys too, that can't be stored. The deepest JSON does no harm."""
    waiting: list[tuple[object, tuple[str | int, ...]]] = [(value, ())]
    while waiting:
        item, path = waiting.pop()
        if isinstance(item, str):
            if _UNSTORABLE.search(item):
                yield Problem(_MESSAGE, *path)
        elif isinstance(item, Mapping):
            for key, inner in item.items():
                if _UNSTORABLE.search(key):
                    yield Problem(_MESSAGE, *path)
                else:
                    waiting.append((inner, (*path, key)))
        elif isinstance(item, list | tuple):
            waiting.extend((inner, (*path, place)) for place, inner in enumerate(item))
