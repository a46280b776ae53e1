"""`builtin/rules` as a writer: no model, the same text every time, and labelled as what it is. Pure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from agents.llm.instances import Filler, NoInstance, instance_of
from agents.schemas import value_problems

LABEL = "[builtin/rules, no model]"
_LONGEST_TASK = 200
_LONGEST_MESSAGE = 500
_LONGEST_FILLING = 160
#: A message with this word in it gets a verdict that is not passed, so that what follows one can be tried out.
_FAIL = re.compile(r"\bFAIL\b")


class Written(NamedTuple):
    """A text, and the object that was asked for, if one was."""

    text: str
    data: dict[str, JsonValue] | None


class CanNotWrite(Exception):
    """Rules can't make an object of the schema; the sentence says why."""


def written(instructions: str, message: str, schema: Mapping[str, Any] | None = None) -> Written:
    """Return what rules write; raise CanNotWrite."""
    text = _text(instructions, message)
    return Written(text, None if schema is None else _object(message, schema))


def _text(instructions: str, message: str) -> str:
    task, given = _short(instructions, _LONGEST_TASK), _short(message, _LONGEST_MESSAGE)
    return "\n".join(filter(None, [f"{LABEL} Asked to: {task or 'nothing'}", given and f"Given: {given}"]))


def _object(message: str, schema: Mapping[str, Any]) -> dict[str, JsonValue]:
    filler = Filler(f"{LABEL} {_short(message, _LONGEST_FILLING)}".strip(), verdict=_FAIL.search(message) is None)
    try:
        made = instance_of({"type": "object", **schema}, filler)
    except NoInstance as error:
        raise CanNotWrite(f"builtin/rules can't answer by this output schema. {error}") from error
    problems = value_problems(schema, made)
    if problems or not isinstance(made, dict):
        reason = f"{problems[0].dotted_path}: {problems[0].message}" if problems else "It is not of an object."
        raise CanNotWrite(f"builtin/rules can't answer by this output schema. {reason}")
    return made


def _short(text: str, most: int) -> str:
    """Return a text on one line, without what rules have written into it before, and cut off at `most`."""
    line = " ".join(text.replace(LABEL, "").split())
    return line if len(line) <= most else f"{line[:most]}…"
