"""Finds the object in what a model says, whether it says nothing else or wraps it in words."""

import json
from typing import Any

#: Where to stop looking for the beginning of an object that no text of a model has so many of.
_MOST_STARTS = 2_000


def last_object(text: str) -> dict[str, Any] | None:
    """Return the last JSON object of a text that is not inside another one, or None.

    The last one, because a model may quote what it was given before it answers. A last one that does not fit is not
    made good by an earlier one, for then a quotation could become the answer.
    """
    decoder = json.JSONDecoder()
    found: dict[str, Any] | None = None
    position = text.find("{")
    for _ in range(_MOST_STARTS):
        if position < 0:
            break
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            found = value
        position = text.find("{", end)
    return found
