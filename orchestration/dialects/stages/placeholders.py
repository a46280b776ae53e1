"""The placeholders of a stage's prompt: which there are, and filling them in."""

import re
from collections.abc import Collection, Mapping

DESCRIPTION = "description"
PREVIOUS_OUTPUT = "previousOutput"
HANDOFF_TEXT = "handoffText"
PARAMETER = "param."

BUILT_IN = (DESCRIPTION, PREVIOUS_OUTPUT, HANDOFF_TEXT)

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class UnknownPlaceholder(ValueError):
    """A placeholder for which there is no value; `name` is what stands between the braces."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The prompt asks for {{{{{name}}}}}, and this run has no such value.")
        self.name = name


def names_in(text: str) -> tuple[str, ...]:
    """Return the placeholders of a text, each once, in the order they stand."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def unknown_in(text: str, parameters: Collection[str]) -> tuple[str, ...]:
    """Return the placeholders that nothing can fill in, given the keys of the template's parameters."""
    known = {*BUILT_IN, *(PARAMETER + key for key in parameters)}
    return tuple(name for name in names_in(text) if name not in known)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled in; raise UnknownPlaceholder for one without a value.

    It goes through the text once: what a value says is never taken for a placeholder.
    """

    def value(found: re.Match[str]) -> str:
        try:
            return values[found[1]]
        except KeyError as error:
            raise UnknownPlaceholder(found[1]) from error

    return _PLACEHOLDER.sub(value, text)
