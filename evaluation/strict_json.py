"""JSON as the standard has it and PostgreSQL can keep it, which is less than Python's own reader takes.

Refused besides what is no JSON at all: NaN and infinities, numbers too large for a float or of more than 4,300 digits,
lone surrogates and NUL in strings, nesting deeper than 64 levels (RFC 8259; PostgreSQL's jsonb).
"""

import json
import math
from typing import NoReturn, cast

from pydantic import JsonValue

DEEPEST = 64
MOST_DIGITS = 4_300


class NotJson(ValueError):
    """The text or value can't be used as JSON; the sentence says why and, where it can, at which character."""


def parse(text: str, *, unique_keys: bool = False) -> JsonValue:
    """Return what `text` says; raise NotJson. With `unique_keys` an object may not name a key twice."""
    _check(text)
    value = read(text, unique_keys=unique_keys)
    # The text itself is checked, so without an escape nothing unstorable can have come in. Most texts end here.
    if "\\u" in text:
        ensure_storable(value)
    return value


def read(text: str, *, unique_keys: bool = False) -> JsonValue:
    """Return what `text` says, whatever its strings hold; raise NotJson for all else that `parse` refuses."""
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_unique if unique_keys else None,
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"Not valid JSON at character {error.pos + 1}: {_sentence(error.msg)}") from error
    except RecursionError as error:
        raise NotJson(_TOO_DEEP) from error
    # Few brackets can't nest deeply.
    if text.count("[") + text.count("{") > DEEPEST:
        _ensure_flat(value)
    return cast("JsonValue", value)


def _ensure_flat(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [part for item in level for part in _parts(item) if isinstance(part, dict | list)]
        if not level:
            return
    raise NotJson(_TOO_DEEP)


def _parts(item: object) -> list[object]:
    """Return what is directly inside an object or array; another item is its own part."""
    return list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else [item]


def ensure_storable(value: object) -> None:
    """Raise NotJson for JSON data that is nested too deeply or holds what PostgreSQL refuses."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for item in level for part in _inside(item)]
        if not level:
            return
    raise NotJson(_TOO_DEEP)


_TOO_DEEP = f"Nested more than {DEEPEST} levels deep."


def _inside(item: object) -> list[object]:
    """Return the objects and arrays directly inside `item`, or itself among them, having checked all else there."""
    parts = _parts(item)
    if isinstance(item, dict):
        for key in item:
            _check(key)
    for part in parts:
        _check(part)
    return [part for part in parts if isinstance(part, dict | list)]


def _check(item: object) -> None:
    if isinstance(item, float) and not math.isfinite(item):
        raise NotJson(f"{item} is not a number in JSON.")
    if not isinstance(item, str) or (item.isascii() and "\0" not in item):
        return
    if "\0" in item:
        raise NotJson("The text holds the character NUL, which can't be stored.")
    try:
        item.encode()
    except UnicodeEncodeError as error:
        raise NotJson("The text holds half of a character (a lone surrogate), which can't be stored.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a number in JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJson(f"The number {text[:20]} is too large.")
    return number


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise NotJson(f"A number has more than {MOST_DIGITS:,} digits.")
    return int(text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise NotJson(f"The key {name!r} stands twice in one object.")
        found[name] = value
    return found


def _sentence(message: str) -> str:
    """Return the reader's own words as a sentence."""
    return f"{message.removesuffix(' at').removesuffix(' starting')}."
