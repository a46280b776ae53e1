"""Asks a model for an answer of a given shape, and once more where the first does not fit."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agents.llm.client import ask
from agents.llm.extraction import last_object
from agents.llm.prompt import Prompt, Reply, Usage
from agents.models import AgentRun, ModelEndpoint, Purpose

Shape = TypeVar("Shape", bound=BaseModel)
Value = TypeVar("Value")
Ask = Callable[[Prompt], Reply]

_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Structured(Generic[Value]):
    """What came of asking. Where `value` is None, `problem` says what did not fit in `raw`, the last reply."""

    value: Value | None
    problem: str
    raw: str
    usage: Usage


def ask_structured(
    *,
    endpoint: ModelEndpoint,
    prompt: Prompt,
    shape: type[Shape],
    check: Callable[[Shape], str],
    purpose: Purpose,
    agent_run: AgentRun | None = None,
    stop: threading.Event | None = None,
) -> Structured[Shape]:
    """Return an answer of `shape` for which `check` returns no problem; raise ModelCallFailed when none comes at all.

    The first answer that does not fit goes back with the reason, once. Raises CallStopped soon after `stop` is set.
    """
    asked = Prompt(prompt.instructions, prompt.messages, shape.model_json_schema())

    def ask_model(prompt: Prompt) -> Reply:
        return ask(endpoint=endpoint, prompt=prompt, purpose=purpose, agent_run=agent_run, stop=stop)

    return with_one_repair(ask_model, asked, shape, check)


def with_one_repair(
    ask_model: Ask, prompt: Prompt, shape: type[Shape], check: Callable[[Shape], str]
) -> Structured[Shape]:
    """Do the asking by `ask_model`, which returns the reply to a prompt."""
    return asked_twice(ask_model, prompt, lambda text: read(text, shape, check))


def asked_twice(
    ask_model: Ask, prompt: Prompt, read_reply: Callable[[str], tuple[Value | None, str]]
) -> Structured[Value]:
    """Return what `read_reply` makes of the answer; where that is None and a reason, ask once more with the reason."""
    first = ask_model(prompt)
    value, problem = read_reply(first.text)
    if value is not None:
        return Structured(value, "", first.text, first.usage)
    remark = f"That answer can't be used: {problem} Answer again, in full, with this put right."
    # A model that said nothing can't be shown what it said.
    second = ask_model(prompt.followed_by(first.text or "(no answer)", remark))
    value, problem = read_reply(second.text)
    return Structured(value, problem, second.text, first.usage + second.usage)


def read(text: str, shape: type[Shape], check: Callable[[Shape], str]) -> tuple[Shape | None, str]:
    """Return what a reply says, or None and why it can't be used."""
    found = last_object(text)
    if found is None:
        return None, "It holds no JSON object."
    try:
        value = shape.model_validate(found)
    except ValidationError as error:
        return None, _sentences(error)
    problem = check(value)
    return (None, problem) if problem else (value, "")


def _sentences(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)[:_MOST_PROBLEMS]
    return " ".join(f"{'.'.join(map(str, item['loc'])) or 'The object'}: {item['msg']}." for item in problems)
