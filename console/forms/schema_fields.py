"""A form made from a JSON Schema: one field for each property of an object, JSON where nothing simpler will do.

Nothing is checked here but that numbers are numbers and JSON is JSON: the schema itself is enforced where runs start.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from django.http import QueryDict
from pydantic import JsonValue

from console.errors import Problem
from orchestration.graph import JsonObject

_LONG_TEXT = 200
_LONG_KEYS = frozenset({"description", "prompt", "text", "content"})
_MOST_NESTED = 2
_NAME = "input"


class Control(StrEnum):
    """How a property is asked for."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    INTEGER = "integer"
    CHECK = "check"
    CHOICE = "choice"
    DATE = "date"
    JSON = "json"


_SIMPLE = {"integer": Control.INTEGER, "number": Control.NUMBER, "boolean": Control.CHECK}


@dataclass(slots=True)
class SchemaField:
    """One property as a field. `path` is where it stands in the object, `value` the text in it."""

    path: tuple[str, ...]
    name: str
    label: str
    control: Control
    is_required: bool = False
    hint: str = ""
    value: str = ""
    choices: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def is_optional(self) -> bool:
        return not self.is_required


def fields_of(schema: Mapping[str, Any] | None, values: Mapping[str, JsonValue] | None = None) -> list[SchemaField]:
    """Return the fields for an object of a schema, filled with `values` or its defaults; none where it lists none.

    The properties of an object inside it are fields of their own.
    """
    return _fields(schema or {}, values or {}, (), _NAME)


def read_fields(fields: list[SchemaField], data: QueryDict) -> tuple[JsonObject, list[Problem]]:
    """Return the object that was typed and what can't be read of it. What was left empty is left out."""
    found: JsonObject = {}
    problems: list[Problem] = []
    for item in fields:
        item.value = data.get(item.name, "").strip()
        try:
            if item.control is Control.CHECK:
                _put(found, item.path, item.name in data)
            elif item.value:
                _put(found, item.path, _value(item))
        except ValueError as error:
            problems.append(Problem(str(error), *item.path))
    return found, problems


def read_json(text: str) -> JsonObject:
    """Return the object that a JSON text is; raise ValueError with a sentence if it is none."""
    try:
        value = json.loads(text or "{}", parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise ValueError("This JSON is nested too deeply.") from error
    if not isinstance(value, dict):
        raise ValueError('Use a JSON object, such as {"query": "revenue"}.')  # noqa: TRY004  # of the text, not of ours
    return value


def show_problems(fields: list[SchemaField], problems: list[Problem]) -> list[Problem]:
    """Put each problem at the field it is about; return those that are about none."""
    rest = []
    for problem in problems:
        item = next((item for item in fields if _is_about(problem, item)), None)
        if item is None:
            rest.append(problem)
        else:
            item.problem = item.problem or problem.message
    return rest


def _is_about(problem: Problem, item: SchemaField) -> bool:
    """Whether a problem's path leads to a field or below it; it may begin outside of the input."""
    path = tuple(str(part) for part in problem.path)
    length = len(item.path)
    return any(path[start : start + length] == item.path for start in (0, 1))


def _fields(
    schema: Mapping[str, Any], values: Mapping[str, JsonValue], path: tuple[str, ...], name: str
) -> list[SchemaField]:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or schema.get("type", "object") != "object":
        return []
    # The database gives keys by their length: what is required comes first, in the order in which it is named.
    needed = [key for key in required if key in properties] if isinstance(required, list) else []
    found: list[SchemaField] = []
    for place, key in enumerate([*needed, *(key for key in properties if key not in needed)]):
        shape = properties[key] if isinstance(properties[key], dict) else {}
        inner = values.get(key)
        inside = _fields(shape, inner if isinstance(inner, dict) else {}, (*path, key), f"{name}-{place}")
        if inside and len(path) < _MOST_NESTED:
            found += inside
        else:
            item = _field((*path, key), f"{name}-{place}", shape, inner)
            item.is_required = key in needed and item.control is not Control.CHECK
            found.append(item)
    return found


def _field(path: tuple[str, ...], name: str, shape: Mapping[str, Any], value: JsonValue) -> SchemaField:
    control = _control(path[-1], shape)
    return SchemaField(
        path, name, str(shape.get("title") or path[-1]), control, hint=str(shape.get("description") or ""),
        value=_text(shape.get("default") if value is None else value, control),
        choices=[item for item in shape["enum"] if item is not None] if control is Control.CHOICE else [],
    )  # fmt: skip


def _put(place: JsonObject, path: tuple[str, ...], value: JsonValue) -> None:
    for key in path[:-1]:
        inner = place.setdefault(key, {})
        place = cast("JsonObject", inner)
    place[path[-1]] = value


def _control(key: str, shape: Mapping[str, Any]) -> Control:
    enum, most = shape.get("enum"), shape.get("maxLength")
    if isinstance(enum, list):
        return Control.CHOICE if any(enum) and all(isinstance(item, str | None) for item in enum) else Control.JSON
    kind = _kind(shape.get("type"))
    if kind != "string":
        return _SIMPLE.get(kind, Control.JSON)
    if shape.get("format") == "date":
        return Control.DATE
    is_long = key in _LONG_KEYS or (isinstance(most, int) and most > _LONG_TEXT)
    return Control.LONG if is_long else Control.TEXT


def _kind(given: Any) -> str:
    """Return the one type that a schema allows beside null; blank where there are several or none."""
    kinds = [kind for kind in (given if isinstance(given, list) else [given]) if kind != "null"]
    return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], str) else ""


def _text(value: JsonValue, control: Control) -> str:
    if value is None:
        return ""
    if control is Control.CHECK:
        return "on" if value is True else ""
    if control is Control.JSON:
        return json.dumps(value, indent=2, ensure_ascii=False)
    return value if isinstance(value, str) else json.dumps(value)


def _value(item: SchemaField) -> JsonValue:
    if item.control is Control.INTEGER:
        return _number(item.value, int, "Use a whole number.")
    if item.control is Control.NUMBER:
        return _number(item.value, float, "Use a number.")
    if item.control is not Control.JSON:
        return item.value
    try:
        parsed: JsonValue = json.loads(item.value, parse_constant=_no_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError('Use JSON, such as ["a", "b"] or {"key": 1}. A text stands in quotes.') from error
    return parsed


def _number(text: str, kind: type[int] | type[float], sentence: str) -> JsonValue:
    try:
        number = kind(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(sentence) from error
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124  # the way to tell what is no number
        raise ValueError(sentence)
    return number


def _no_constant(name: str) -> None:
    raise ValueError(f"JSON has no {name}. Use a number or null.")
