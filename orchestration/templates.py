r"""Placeholders in the texts of steps: `{{key}}` and `{{key.inner.0}}`, filled in from what the step sees.

A name is looked for in the state first and then in the run's input. One that is found nowhere is an error by its name:
it never becomes an empty text, nor stays in the text as it was. `\{{` stands for two braces.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from orchestration.graph import JsonObject

_OPENING = re.compile(r"\\?\{\{")
_INSIDE = re.compile(r"\s*([A-Za-z_$][\w-]*(?:\.[\w-]+)*)\s*\}\}")
_ESCAPE = "\\"
_SHOWN = 40


class TemplateError(ValueError):
    """A text whose placeholders can't be read or filled in; the sentence says which and why."""


class UnknownPlaceholder(TemplateError):
    """`name` is neither in the state nor in the run's input."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Nothing can be put in for {{{{{name}}}}}: neither the state nor the run's input has it.")


class Literal(NamedTuple):
    text: str


class Placeholder(NamedTuple):
    name: str


Part = Literal | Placeholder


def parts(text: str) -> Iterator[Part]:
    """Yield a text's literal pieces and placeholders in order; raise TemplateError where `{{` begins no placeholder."""
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        if opening.start() > at:
            yield Literal(text[at : opening.start()])
        if opening[0].startswith(_ESCAPE):
            yield Literal("{{")
            at = opening.end()
            continue
        inside = _INSIDE.match(text, opening.end())
        if inside is None:
            raise TemplateError(_malformed(text[opening.start() : opening.start() + _SHOWN]))
        yield Placeholder(inside[1])
        at = inside.end()
    if at < len(text):
        yield Literal(text[at:])


def names(text: str) -> tuple[str, ...]:
    """Return the names of a text's placeholders, each once, in order; raise TemplateError as `parts` does."""
    return tuple(dict.fromkeys(part.name for part in parts(text) if isinstance(part, Placeholder)))


def problem(text: str) -> str | None:
    """Return what is wrong with the placeholders of a text, whatever the state, or None."""
    try:
        names(text)
    except TemplateError as error:
        return str(error)
    return None


def value_of(name: str, state: JsonObject) -> JsonValue:
    """Return what a placeholder stands for; raise UnknownPlaceholder where that is nothing."""
    keys = name.split(".")
    if keys[0] in {"$", "state"} and keys[0] not in state:
        keys = keys[1:]
    for place in (state, state.get("input")):
        found, value = _walk(keys, place)
        if found:
            return value
    raise UnknownPlaceholder(name)


def text_of(value: JsonValue) -> str:
    """Return a value as text: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def render(text: str, state: JsonObject) -> str:
    """Return a text with its placeholders filled in; raise TemplateError where that can't be done."""
    return _joined(text, lambda name: text_of(value_of(name, state)))


def render_value(value: JsonValue, state: JsonObject) -> JsonValue:
    """Return a value with the placeholders of all its texts filled in.

    A text that is one placeholder and nothing else becomes the value itself, whatever its type.
    """
    if isinstance(value, str):
        pieces = list(parts(value))
        if len(pieces) == 1 and isinstance(pieces[0], Placeholder):
            return value_of(pieces[0].name, state)
        return render(value, state)
    if isinstance(value, dict):
        return {key: render_value(inner, state) for key, inner in value.items()}
    if isinstance(value, list):
        return [render_value(inner, state) for inner in value]
    return value


def _joined(text: str, fill: Callable[[str], str]) -> str:
    return "".join(part.text if isinstance(part, Literal) else fill(part.name) for part in parts(text))


def _walk(keys: list[str], value: JsonValue) -> tuple[bool, JsonValue]:
    for key in keys:
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return False, None
    return True, value


def _malformed(beginning: str) -> str:
    return (
        f"{beginning!r} begins with two braces and is no placeholder. Write {{{{name}}}} or {{{{name.inner}}}}, "
        "or \\{{ for the braces themselves."
    )
