"""JSON Schema 2020-12 for inputs, states and outputs: what does not fit, by its path.

A schema is what somebody wrote, and must not be able to hold a process up: its patterns are RE2's, which take linear
time, every keyword that is looked at is counted, and nothing is ever fetched.
"""

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, cast

import re2
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from pydantic import JsonValue
from referencing import Registry
from referencing.exceptions import Unresolvable

from console.errors import Problem

#: Keywords and list items that one check may look at.
MOST_STEPS = 100_000
MOST_PROBLEMS = 20
_LONGEST_MESSAGE = 200
_PATTERN_MEMORY_BYTES = 8 * 1024 * 1024
#: Keywords whose values are data, not schemas.
_DATA = frozenset({"const", "enum", "default", "examples"})

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]

_steps_left: ContextVar[int] = ContextVar("steps_left", default=MOST_STEPS)


class _TooCostly(Exception):
    """The check has looked at more than it may."""


def schema_problems(schema: JsonValue, *path: str | int) -> list[Problem]:
    """Return what is wrong with a schema itself, under `path`."""
    if not isinstance(schema, dict):
        return [Problem("A schema is a JSON object.", *path)]
    wrong = _problems(Draft202012Validator(Draft202012Validator.META_SCHEMA), schema, path)
    return wrong or list(itertools.islice(_unusable(schema, path), MOST_PROBLEMS))


def value_problems(schema: Mapping[str, Any], value: JsonValue, *path: str | int) -> list[Problem]:
    """Return where `value` does not fit a schema, at most MOST_PROBLEMS, under `path`.

    A schema that can't be used, or takes too long, is one problem that says so.
    """
    # An empty registry: a schema may refer to its own parts and to nothing that would have to be fetched.
    return _problems(_Validator(dict(schema), registry=Registry()), value, path)


def object_schema_problem(schema: JsonValue) -> str:
    """Return why models can't be asked for an answer by a schema, or nothing: it must be usable, and of an object."""
    if problems := schema_problems(schema):
        return f"The output schema can't be used: {problems[0].message}"
    assert isinstance(schema, dict)  # noqa: S101  # it has no problems
    if schema.get("type", "object") != "object":
        return "The output schema must be of an object: models answer with one."
    return ""


def _problems(validator: Any, value: JsonValue, path: tuple[str | int, ...]) -> list[Problem]:
    token = _steps_left.set(MOST_STEPS)
    try:
        found = itertools.islice(validator.iter_errors(value), MOST_PROBLEMS)
        return [Problem(_sentence(error), *path, *error.absolute_path) for error in found]
    except _TooCostly:
        return [Problem("Checking this against its schema takes too long. Simplify the schema.", *path)]
    except RecursionError:
        return [Problem("The schema refers to itself without end.", *path)]
    except Unresolvable as error:
        return [Problem(f"The schema refers to {error.ref}, which it does not hold.", *path)]
    except re2.error as error:
        return [Problem(f"A pattern of the schema can't be used: {_reason(error)}.", *path)]
    finally:
        _steps_left.reset(token)


def _sentence(error: ValidationError) -> str:
    message = str(error.message)
    return f"{message[:_LONGEST_MESSAGE]}…" if len(message) > _LONGEST_MESSAGE else f"{message.rstrip('.')}."


def _reason(error: Exception) -> str:
    reason = error.args[0]
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def _unusable(schema: dict[str, JsonValue], path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Yield what the meta-schema lets pass and we can't use."""
    waiting: list[tuple[JsonValue, tuple[str | int, ...]]] = [(schema, path)]
    keywords: set[str] = set()
    while waiting:
        part, place = waiting.pop()
        if isinstance(part, list):
            waiting.extend((inner, (*place, at)) for at, inner in enumerate(part))
        elif isinstance(part, dict):
            keywords.update(part)
            yield from _unusable_keywords(part, place)
            waiting.extend((inner, (*place, key)) for key, inner in part.items() if key not in _DATA)
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        yield Problem("Use unevaluatedProperties or patternProperties, not both in one schema.", *path)


def _unusable_keywords(part: Mapping[str, JsonValue], place: tuple[str | int, ...]) -> Iterator[Problem]:
    named = part.get("patternProperties")
    patterns = [(key, (*place, "patternProperties", key)) for key in named] if isinstance(named, dict) else []
    if isinstance(single := part.get("pattern"), str):
        patterns.append((single, (*place, "pattern")))
    for pattern, where in patterns:
        try:
            _compiled(pattern)
        except re2.error as error:
            yield Problem(f"The pattern can't be used: {_reason(error)}.", *where)
    if isinstance(ref := part.get("$ref"), str) and not ref.startswith("#"):
        yield Problem("A schema may refer to its own parts only, such as #/$defs/name.", *place, "$ref")


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY_BYTES
    return re2.compile(pattern, options)


def _charge(steps: int) -> None:
    left = _steps_left.get() - steps
    if left < 0:
        raise _TooCostly
    _steps_left.set(left)


def _counted(keyword: _Keyword) -> _Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _charge(1 + (len(value) if isinstance(value, list | dict) else 0))
        yield from keyword(validator, value, instance, schema) or ()

    return check


def _required(_validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name in names:
            if name not in instance:
                yield ValidationError("This is required", path=(name,))


def _pattern(_validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"{instance[:_LONGEST_MESSAGE]!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in patterns.items():
        for key, value in instance.items():
            _charge(1)
            if _compiled(pattern).search(key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional_properties(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    patterns = [_compiled(pattern) for pattern in schema.get("patternProperties", {})]
    for key, value in instance.items():
        _charge(1 + len(patterns))
        if key in schema.get("properties", {}) or any(pattern.search(key) for pattern in patterns):
            continue
        if inner is False:
            yield ValidationError("There is no such property", path=(key,))
        else:
            yield from validator.descend(value, inner, path=key)


def _unique_items(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        _charge(len(instance))
        if len({json.dumps(item, sort_keys=True) for item in instance}) != len(instance):
            yield ValidationError("Two items are the same")


_KEYWORDS = {
    **cast("dict[str, _Keyword]", dict(Draft202012Validator.VALIDATORS)),
    "required": _required,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: _counted(keyword) for name, keyword in _KEYWORDS.items()}
)
