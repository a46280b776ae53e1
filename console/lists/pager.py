"""The words and links of a pager: which rows of how many, and the way to the others."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from console.display.numbers import plural
from console.lists.paging import Page

_LONGEST_NUMBER = 9


class Pager(NamedTuple):
    """What the pager of a table says. `newer` and `older` are URLs, blank where there is nothing."""

    words: str
    newer: str
    older: str

    @property
    def has_others(self) -> bool:
        return bool(self.newer or self.older)


def pager_of(page: Page[Any], query: QueryDict, noun: str, total: str = "", nouns: str = "") -> Pager:
    """Return the pager of a page. Keys don't count rows, so `at`, the first row's number, travels in the links.

    `total` is how many there are in all, as it is written; without one the words say what is here. `nouns` is the
    plural of a noun that takes more than an s.
    """
    here = len(page.items)
    at = _number(query.get("at", "")) if query.get("cursor") else 1
    if not here:
        words = ""
    elif total:
        words = f"{at:,} to {at + here - 1:,} of {total}"
    else:
        words = plural(here, noun, nouns)
    return Pager(
        words,
        _url(query, {"cursor": page.newer, "at": str(max(1, at - here))}) if page.newer else "",
        _url(query, {"cursor": page.older, "at": str(at + here)}) if page.older else "",
    )


def _url(query: QueryDict, changes: Mapping[str, str]) -> str:
    kept = [(name, value) for name, values in query.lists() if name not in changes for value in values]
    return f"?{urlencode([*kept, *changes.items()])}"


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else 1
