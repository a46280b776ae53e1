"""JSON as HTML that folds: every value escaped, objects and lists open or closed by the reader, no script."""

import json
from collections.abc import Iterator, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.display.text import visible

#: More than this is a file to download, not a thing to read.
MOST_VALUES = 3000
MOST_CHARACTERS = 20_000
_OPEN_DEPTH = 3


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def to_html(value: object) -> SafeString:
    """Return a JSON value as nested, foldable HTML."""
    return mark_safe("".join(_value(value, "", "", 0, _Budget(MOST_VALUES))))  # noqa: S308  # built by format_html


def _value(value: object, key: str, comma: str, depth: int, budget: _Budget) -> Iterator[str]:
    if not budget.spend():
        if budget.left == -1:
            yield '<div class="cb-json-mark">… the rest is left out here</div>'
        return
    if isinstance(value, dict) and value:
        entries = [(_key(name), item) for name, item in value.items()]
        yield from _folded("{", "}", entries, key, comma, depth, budget)
    elif isinstance(value, list | tuple) and value:
        yield from _folded("[", "]", [("", item) for item in value], key, comma, depth, budget)
    else:
        yield format_html("<div>{}{}{}</div>", key, _scalar(value), comma)


def _folded(  # what one fold says, and what all of them share
    opening: str,
    closing: str,
    entries: Sequence[tuple[str, object]],
    key: str,
    comma: str,
    depth: int,
    budget: _Budget,
) -> Iterator[str]:
    state = mark_safe(" open") if depth < _OPEN_DEPTH else ""
    yield format_html(
        '<details{}><summary>{}{}<span class="cb-json-closed"> {} … {}{}</span></summary><div>',
        state,
        key,
        opening,
        len(entries),
        closing,
        comma,
    )
    last = len(entries) - 1
    for index, (name, item) in enumerate(entries):
        yield from _value(item, name, "," if index < last else "", depth + 1, budget)
    yield format_html("</div>{}{}</details>", closing, comma)


def _key(name: object) -> SafeString:
    return format_html('<span class="cb-json-key">{}</span>: ', visible(json.dumps(str(name), ensure_ascii=False)))


def _scalar(value: object) -> SafeString:
    if isinstance(value, str):
        shown = json.dumps(value[:MOST_CHARACTERS], ensure_ascii=False)
        more = f" … {len(value) - MOST_CHARACTERS:,} more characters" if len(value) > MOST_CHARACTERS else ""
        return format_html(
            '<span class="cb-json-string">{}</span><span class="cb-json-mark">{}</span>', visible(shown), more
        )
    if value is None or isinstance(value, bool):
        return format_html('<span class="cb-json-word">{}</span>', json.dumps(value))
    return format_html("{}", visible(json.dumps(value, ensure_ascii=False, default=str)))
