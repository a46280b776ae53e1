"""Asks a model for an object that fits a JSON Schema which somebody wrote, and once more where the first does not."""

from collections.abc import Mapping

from pydantic import JsonValue

from agents.llm.extraction import last_object
from agents.llm.prompt import Prompt
from agents.llm.structured import Ask, Structured, asked_twice
from agents.schemas import value_problems

_MOST_SENTENCES = 10


def ask_by_schema(ask_model: Ask, prompt: Prompt, schema: Mapping[str, JsonValue]) -> Structured[dict[str, JsonValue]]:
    """Return an object that fits `schema`, which must have no problem, or why there is none."""
    asked = Prompt(prompt.instructions, prompt.messages, {"type": "object", **schema})
    return asked_twice(ask_model, asked, lambda text: _read(text, schema))


def _read(text: str, schema: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue] | None, str]:
    found = last_object(text)
    if found is None:
        return None, "It holds no JSON object."
    problems = value_problems(schema, found)
    sentences = [f"{problem.dotted_path or 'The object'}: {problem.message}" for problem in problems[:_MOST_SENTENCES]]
    return (None, " ".join(sentences)) if problems else (found, "")
