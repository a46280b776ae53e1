"""What is wrong with a stage template: everything at once, each with its place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from console.errors import Problem
from orchestration.dialects.stages.parameters import type_problem
from orchestration.dialects.stages.placeholders import unknown_in
from orchestration.dialects.stages.shapes import (
    GateDecision,
    InputType,
    ParameterShape,
    StageShape,
)
from orchestration.graph import JsonObject

Shape = TypeVar("Shape", bound=BaseModel)

_SENTENCES = {
    ("name", "missing"): "Give the stage a name.",
    ("name", "string_too_short"): "Give the stage a name.",
    ("topic", "missing"): "Give the stage a topic: it chooses the model.",
    ("topic", "string_too_short"): "Give the stage a topic: it chooses the model.",
    ("key", "string_pattern_mismatch"): "Use letters, digits and underscores, at most 64, not beginning with a digit.",
    ("requiresApproval", "extra_forbidden"): (
        "A gate follows its stage: set approvalGate on the stage before this one instead."
    ),
}
#: What stands for a part that is wrong while the rest is checked.
_STAND_INS: dict[str, JsonObject] = {"stages": {"name": "?", "topic": "?"}, "parameters": {"key": "unnamed"}}
_UNKNOWN = "There is no such setting here. Take it out."


def items_of(definition: Mapping[str, JsonValue], key: str, most: int) -> tuple[list[JsonValue], list[Problem]]:
    """Return the list under a key and what is wrong with it as a list."""
    value = definition.get(key)
    if value is None:
        return [], []
    if not isinstance(value, list):
        return [], [Problem("Give a list.", key)]
    return value[:most], [Problem(f"Use at most {most}.", key)] if len(value) > most else []


def read_each(shape: type[Shape], items: Sequence[JsonValue], key: str) -> tuple[dict[int, Shape], list[Problem]]:
    """Return `items` as shapes, by their places, and what is wrong with them.

    One with problems is returned without the parts that have them, so that what is left of it is checked further.
    """
    read: dict[int, Shape] = {}
    problems: list[Problem] = []
    for place, item in enumerate(items):
        try:
            read[place] = shape.model_validate(item)
        except ValidationError as error:
            found = error.errors()
            problems += [_problem(one, key, place) for one in found]
            rest = _without(item, {str(one["loc"][0]) for one in found if one["loc"]})
            with suppress(ValidationError):
                read[place] = shape.model_validate({**_STAND_INS[key], **rest})
    return read, problems


def _without(item: JsonValue, keys: set[str]) -> JsonObject:
    return {key: value for key, value in item.items() if key not in keys} if isinstance(item, dict) else {}


def stage_problems(stages: Mapping[int, StageShape], count: int, parameters: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with stages of the right shape; `count` is how many there are with the others."""
    if count == 0:
        yield Problem("Add a stage: a pipeline has at least one.", "stages")
    for place, stage in stages.items():
        for name in unknown_in(stage.prompt, parameters):
            yield Problem(_placeholder(name), "stages", place, "prompt")
        if stage.is_qa:
            yield from _target_problems(stages, place, stage)
        gate = stage.approval_gate
        if gate is not None and gate.default_decision is GateDecision.SKIP and place == count - 1:
            message = "Nothing follows this gate that could be skipped. Choose approve or stop."
            yield Problem(message, "stages", place, "approvalGate", "defaultDecision")


def parameter_problems(parameters: Mapping[int, ParameterShape]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, parameter in parameters.items():
        if parameter.key in seen:
            yield Problem(f"Two parameters have the key {parameter.key!r}.", "parameters", place, "key")
        seen.add(parameter.key)
        if parameter.input_type is InputType.SELECT and not parameter.options:
            yield Problem("Give the options to choose from.", "parameters", place, "options")
        elif parameter.default is not None and (wrong := type_problem(parameter, parameter.default)):
            yield Problem(wrong, "parameters", place, "default")


def target_of(stages: Mapping[int, StageShape], place: int) -> int | None:
    """Return the stage that a check sends back: the one it names, else the nearest before it that does work."""
    named = stages[place].retry_target_stage
    if named is not None:
        return named
    return next((before for before in range(place - 1, -1, -1) if before in stages and not stages[before].is_qa), None)


def _target_problems(stages: Mapping[int, StageShape], place: int, stage: StageShape) -> Iterator[Problem]:
    path = ("stages", place, "retryTargetStage")
    target = stage.retry_target_stage
    if place == 0:
        yield Problem("A check needs a stage before it whose work it checks.", "stages", place, "stageType")
    elif target is None:
        if all(before in stages and stages[before].is_qa for before in range(place)):
            yield Problem("No stage before this check does work that could be done again.", *path)
    elif not 0 <= target < place:
        yield Problem(f"Choose an earlier stage: 0 to {place - 1}, counted from 0.", *path)
    elif target in stages and stages[target].is_qa:
        yield Problem("That stage only checks. Choose one that does the work.", *path)


def _placeholder(name: str) -> str:
    known = "{{description}}, {{previousOutput}}, {{handoffText}} and {{param.key}} of a parameter of this template"
    return f"There is no {{{{{name}}}}}. There are: {known}."


def _problem(found: Any, key: str, place: int) -> Problem:
    """Turn one of pydantic's errors into a problem, with a sentence of ours where there is one."""
    location = tuple(part for part in found["loc"] if part != "GateShape")
    field = str(location[-1]) if location else ""
    sentence = _SENTENCES.get((field, found["type"]))
    if sentence is None:
        sentence = _UNKNOWN if found["type"] == "extra_forbidden" else f"{found['msg']}."
    return Problem(sentence, key, place, *location)
