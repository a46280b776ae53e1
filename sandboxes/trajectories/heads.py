"""A step as a list shows it: all of it but what is long, so that a thousand of them are read at once."""

from typing import cast

from pydantic import JsonValue

from sandboxes.trajectories.steps import Step, as_json

#: Of each text of a step's detail so many characters are kept.
LONGEST = 200


def head_of(step: Step) -> dict[str, JsonValue]:
    """Return a step in the form of `as_json`, with its texts cut; what was run and called is in its title."""
    head = as_json(step)
    detail = cast("dict[str, JsonValue]", head["detail"])
    return {**head, "detail": {name: _cut(value) for name, value in detail.items()}}


def _cut(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value[:LONGEST]
    return type(value)() if isinstance(value, list | dict) else value
