"""A step as a list shows it: all of it but what is long, so that thousands of them are read at once."""

import json
from collections.abc import Mapping
from typing import NamedTuple, cast

from pydantic import JsonValue

from sandboxes.trajectories.steps import JsonObject, Step, as_json, from_json

#: Of each text of a step's detail so many characters are kept; a list or an object is kept if it comes to no more.
LONGEST = 400


class Head(NamedTuple):
    """A step, and whether that is all of it."""

    step: Step
    is_whole: bool


def head_of(step: Step) -> dict[str, JsonValue]:
    """Return a step in the form of `as_json` with what is long cut off, and `whole`, which says if nothing was."""
    value = as_json(step)
    detail = cast("Mapping[str, JsonValue]", value["detail"])
    cut = {name: _cut(item) for name, item in detail.items()}
    return {**value, "detail": cut, "whole": cut == detail}


def head_from(value: JsonObject) -> Head:
    """Return the head that `head_of` made this of."""
    return Head(from_json(value), bool(value["whole"]))


def _cut(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, list | dict) and len(json.dumps(value)) > LONGEST:
        return type(value)()
    return value
