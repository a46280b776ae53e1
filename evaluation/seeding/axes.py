"""The axes of a task: what a row may say of it. A new axis is one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from evaluation.strict_json import NotJson, parse

USER = "user"


class ExpectedOutcome(StrEnum):
    """What the right answer to a task is."""

    COMPLETION = "completion"  #: doing what is asked; also where nothing is said
    REFUSAL = "refusal"  #: declining to do it


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing a row may say.

    `name` is also the column's name where the field names no other, `seed_key` the key in the frozen seed. `read` takes
    what a cell says and `check` what a JSON task says, and both return the value to freeze or raise ValueError.
    """

    name: str
    seed_key: str
    meaning: str
    example: str
    read: Callable[[str], JsonValue]
    check: Callable[[JsonValue], JsonValue]


def _text(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        raise ValueError("Write a text.")  # noqa: TRY004  # a wrong value to the user, whatever its type
    return value


def _object(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        raise ValueError('Write a JSON object, such as {"order": {"4521": {"status": "open"}}}.')  # noqa: TRY004
    return value


def _objects(value: JsonValue) -> JsonValue:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("Write a JSON array of objects.")
    return value


def _outcome(value: JsonValue) -> JsonValue:
    try:
        return ExpectedOutcome(str(value).strip().lower()).value
    except ValueError as error:
        raise ValueError("Write completion or refusal.") from error


def _json(check: Callable[[JsonValue], JsonValue]) -> Callable[[str], JsonValue]:
    def read(cell: str) -> JsonValue:
        try:
            return check(parse(cell, unique_keys=True))
        except NotJson as error:
            raise ValueError(str(error)) from error

    return read


_ALL = (
    Axis(USER, "user_instruction", "What the agent is asked to do.",
         "Cancel order 4521 and tell me what I get back.", _text, _text),
    Axis("behavior", "behavior_instructions", "How the simulated tools behave. The agent never sees it.",
         "Orders that were shipped can't be cancelled.", _text, _text),
    Axis("state", "initial_state", "The world the tools start from: a JSON object.",
         '{"order": {"4521": {"status": "open", "total": 40}}}', _json(_object), _object),
    Axis("failure_rules", "failure_rules", "Errors to inject: a JSON array of objects.",
         '[{"trigger": "cancel_order", "error": {"code": "timeout"}}]', _json(_objects), _objects),
    Axis("expected_outcome", "expected_outcome", "Whether the right answer is completion or refusal.",
         "completion", _outcome, _outcome),
)  # fmt: skip

AXES: Mapping[str, Axis] = {axis.name: axis for axis in _ALL}
_BY_SEED_KEY = {axis.seed_key: axis for axis in _ALL}


def axis_named(name: str) -> Axis | None:
    """Return the axis of a name, which may also be its key in the seed."""
    return AXES.get(name) or _BY_SEED_KEY.get(name)
