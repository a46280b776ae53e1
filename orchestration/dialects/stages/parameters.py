"""What a run of a template is started with: its parameters, checked by their types."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pydantic import JsonValue

from console.errors import Problem
from orchestration.dialects.stages.shapes import InputType, ParameterShape, Requirement
from orchestration.graph import JsonObject

LONGEST_TEXT = 50_000
_JSON_TYPES = {
    InputType.STRING: "string",
    InputType.NUMBER: "number",
    InputType.BOOLEAN: "boolean",
    InputType.DATE: "string",
    InputType.SELECT: "string",
}


def filled(parameters: Sequence[ParameterShape], given: Mapping[str, JsonValue]) -> tuple[JsonObject, list[Problem]]:
    """Return the values that a run starts with, defaults included, and all that is wrong with what was given."""
    known = {parameter.key for parameter in parameters}
    problems = [
        Problem(f"The template has no parameter {key!r}. It has: {', '.join(sorted(known)) or 'none'}.", "params", key)
        for key in given
        if key not in known
    ]
    values: JsonObject = {}
    for parameter in parameters:
        value = given.get(parameter.key)
        value = parameter.default if value in (None, "") else value
        if value is None and parameter.requirement is Requirement.REQUIRED:
            problems.append(Problem("A run can't start without this.", "params", parameter.key))
        elif value is not None and (wrong := type_problem(parameter, value)):
            problems.append(Problem(wrong, "params", parameter.key))
        values[parameter.key] = value
    return values, problems


def type_problem(parameter: ParameterShape, value: JsonValue) -> str:
    """Return what is wrong with a value of a parameter; empty if it fits."""
    match parameter.input_type:
        case InputType.NUMBER if isinstance(value, bool) or not isinstance(value, int | float):
            return "Give a number."
        case InputType.BOOLEAN if not isinstance(value, bool):
            return "Give true or false."
        case InputType.DATE if not _is_date(value):
            return "Give a date such as 2026-01-31."
        case InputType.SELECT if value not in parameter.options:
            return f"Choose one of: {', '.join(parameter.options)}."
        case InputType.STRING if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            return f"Give a text of at most {LONGEST_TEXT:,} characters."
        case _:
            return ""


def input_schema(parameters: Iterable[ParameterShape]) -> JsonObject:
    """Return the shape of a run's input, from which a form to start it can be made."""
    listed = list(parameters)
    required: list[JsonValue] = [
        item.key for item in listed if item.requirement is Requirement.REQUIRED and item.default is None
    ]
    params: JsonObject = {
        "type": "object",
        "properties": {item.key: _schema_of(item) for item in listed},
        "required": required,
        "additionalProperties": False,
    }
    description: JsonObject = {"type": "string", "title": "Description", "description": "what is to be done"}
    return {
        "type": "object",
        "properties": {"description": description, "params": params},
        "required": ["description", *(["params"] if required else [])],
    }


def _schema_of(parameter: ParameterShape) -> JsonObject:
    kind = _JSON_TYPES[parameter.input_type]
    is_open = parameter.requirement is not Requirement.REQUIRED or parameter.default is not None
    schema: JsonObject = {"type": [kind, "null"] if is_open else kind, "title": parameter.key}
    if parameter.description:
        schema["description"] = parameter.description
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.input_type is InputType.DATE:
        schema["format"] = "date"
    if parameter.input_type is InputType.SELECT:
        schema["enum"] = [*parameter.options, *([None] if is_open else [])]
    return schema


def _is_date(value: JsonValue) -> bool:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True
