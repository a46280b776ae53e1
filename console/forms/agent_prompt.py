"""The part of an agent's form that is there for prompts: what it shows, and what was typed as the services take it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from pydantic import JsonValue

from agents.llm.catalogue import RULES
from agents.queries import model_endpoints_for
from console.access import Actor
from console.errors import Invalid, Problem
from console.forms.builder_choices import RULES_LABEL, Choice
from evaluation.strict_json import NotJson, parse

_NAMED_FIRST = Choice("", "By topic or default")


def model_choices(actor: Actor) -> list[Choice]:
    """Return the models that a prompt may name."""
    endpoints = model_endpoints_for(actor)
    named = [Choice(endpoint.public_id, endpoint.display_name) for endpoint in endpoints]
    return [_NAMED_FIRST, *named, Choice(RULES, RULES_LABEL)]


def initial(spec: Mapping[str, Any]) -> dict[str, Any]:
    schema = spec.get("output_schema")
    return {
        "runtime": spec.get("runtime", "python"),
        **{name: spec.get(name, "") for name in ("instructions", "model", "topic", "temperature", "max_tokens")},
        "output_schema": "" if schema is None else json.dumps(schema, indent=2, ensure_ascii=False),
        "roles": ", ".join(spec.get("roles", ())),
    }


def offer(field: forms.Field, models: Sequence[Choice], current: str) -> None:
    """Let a select offer `models`, and what it holds although that is no choice any more."""
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared so
    choices = [*models]
    if current and current not in {choice.value for choice in choices}:
        choices.append(Choice(current, current))
    field.choices = choices


def spec_of(value: Callable[[str], str]) -> dict[str, Any]:
    """Return the spec of a prompt; raise Invalid with every part that can't be read."""
    problems: list[Problem] = []
    spec: dict[str, Any] = {"runtime": "prompt", **{name: value(name) for name in ("instructions", "model", "topic")}}
    for name, read in (("temperature", _number), ("max_tokens", _whole), ("output_schema", _schema)):
        try:
            spec[name] = read(value(name)) if value(name) else None
        except ValueError as error:
            problems.append(Problem(str(error), name))
    if problems:
        raise Invalid.of(problems)
    return spec


def roles_of(text: str) -> list[str]:
    return [role for part in text.split(",") if (role := part.strip())]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError("Write a number, such as 0.2.") from error


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError("Write a whole number, such as 2000.") from error


def _schema(text: str) -> JsonValue:
    try:
        return parse(text)
    except NotJson as error:
        raise ValueError(str(error)) from error
