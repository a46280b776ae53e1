"""JSON Logic rules and paths into the state: how data decides.

Rules are data, never code. They are checked before they run and run under a budget of operations, so that a hostile
rule ends in `BadExpression` and not in a hung worker. The engine is datalogic (docs/decisions/0005-json-logic.md); it
is handed JSON text only, because deeply nested Python objects bring it down.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

import datalogic_py
from pydantic import JsonValue

MOST_RULE_BYTES = 64 * 1024
MOST_RESULT_BYTES = 1024 * 1024
MOST_DEPTH = 64
#: Operations a rule may charge; a five-operator condition charges about ten.
BUDGET = 100_000

# `DateTime` is left out for its `now`: a rule must give the same answer when it is replayed.
_ENGINE = datalogic_py.Engine(
    families=["Core", "ExtString", "ExtArray", "ExtObject", "ExtControl", "ExtMath"], strict_operator_names=True
)


class BadExpression(ValueError):
    """A rule or a path that can't be used; the sentence says what is wrong with it."""


def check(rule: JsonValue) -> list[str]:
    """Return what is wrong with a rule before it is ever run; an empty list is a good rule."""
    try:
        text = _rule_text(rule)
        found = _ENGINE.check(text)
    except BadExpression as error:
        return [str(error)]
    except datalogic_py.DataLogicError as error:
        return [_sentence(error)]
    return [f"{item['message']} (at {item['pointer'] or '/'})" for item in found if item["severity"] == "error"]


def evaluate(rule: JsonValue, data: JsonValue) -> JsonValue:
    """Return the value of a JSON Logic rule over `data`; raise BadExpression where it has none within the budget."""
    try:
        result, _ = _compiled(_rule_text(rule)).evaluate_metered(json.dumps(data), BUDGET)
    except datalogic_py.DataLogicError as error:
        raise BadExpression(_sentence(error)) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # an allocation that fails inside the engine is a PanicException, not an Exception
        raise BadExpression("The rule needs more memory than it may use.") from error
    if len(result) > MOST_RESULT_BYTES:
        raise BadExpression(f"The rule's result is larger than {MOST_RESULT_BYTES // 1024} KB.")
    value: JsonValue = json.loads(result)
    return value


def label(value: JsonValue) -> str:
    """Return a rule's result as the label of an edge: text as it is, a list with commas, anything else as JSON.

    A whole number has no decimal point, however it was computed (`true`, `3`, `null`).
    """
    match value:
        case str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return ",".join("" if item is None else label(item) for item in value)
        case _:
            return json.dumps(value)


def is_path(text: str) -> bool:
    """Say whether text means a path, right or wrong, and is not just any text."""
    return text in {"$", "state"} or text.startswith(("$.", "state."))


def parse_path(path: str) -> tuple[str, ...]:
    """Return the keys of a path: `$.a.b` and `state.a.b` name the same place, `$` and `state` the whole."""
    head, *keys = path.split(".")
    if head not in {"$", "state"}:
        raise BadExpression(f"{path!r} is not a path. Write $.key or state.key.")
    if not all(keys):
        raise BadExpression(f"{path!r} has an empty part.")
    return tuple(keys)


def read_path(path: str, data: JsonValue) -> JsonValue:
    """Return what stands at a path; None where there is nothing."""
    return read_keys(parse_path(path), data)


def read_keys(keys: tuple[str, ...], data: JsonValue) -> JsonValue:
    for key in keys:
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data


@functools.lru_cache(maxsize=512)
def _compiled(text: str) -> Any:
    return _ENGINE.compile(text)


def _rule_text(rule: JsonValue) -> str:
    if _depth_exceeds(rule, MOST_DEPTH):
        raise BadExpression(f"The rule is nested more than {MOST_DEPTH} levels deep.")
    text = json.dumps(rule)
    if len(text) > MOST_RULE_BYTES:
        raise BadExpression(f"The rule is larger than {MOST_RULE_BYTES // 1024} KB.")
    return text


def _depth_exceeds(value: JsonValue, limit: int) -> bool:
    level: list[JsonValue] = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _sentence(error: datalogic_py.DataLogicError) -> str:
    if getattr(error, "error_type", "") == "BudgetExceeded":
        return "The rule takes too many operations."
    return f"The rule can't be evaluated: {error}."
