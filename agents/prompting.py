"""One question to one model, as steps and prompt agents ask it: found by name or topic, recorded, structured on demand.

No sandbox and no tools are involved. `builtin/rules` answers where it is what an agent, a topic or the organization
names, and nowhere else.
"""

import threading
import uuid
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.errors import CallStopped, ModelCallFailed, PromptFailed
from agents.llm.by_schema import ask_by_schema
from agents.llm.catalogue import RULES, ModelRef
from agents.llm.client import ask
from agents.llm.prompt import Message, Prompt, Reply, Speaker, Usage, Wishes
from agents.llm.records import MadeFor
from agents.llm.routing import resolve_writer
from agents.llm.rules import CanNotWrite, written
from agents.models import AgentRun, ModelEndpoint, Purpose
from agents.schemas import object_schema_problem
from agents.spec import PromptSpec

JsonObject = dict[str, JsonValue]

ANY_WAY = Wishes()
MODEL_UNRESOLVED = "agent_model_unresolved"


@dataclass(frozen=True, slots=True)
class PromptAnswer:
    """What was answered, by which model, and what it took.

    `data` is the object that an output schema asked for. Where one was asked for and `data` is None, the model was
    asked twice, and `problem` says what did not fit in `content`, its last reply.
    """

    content: str
    data: JsonObject | None = None
    usage: Usage = field(default_factory=Usage)
    model: str = RULES
    problem: str = ""

    @property
    def is_rules(self) -> bool:
        return self.model == RULES


@dataclass(frozen=True, slots=True)
class _Question:
    """What to ask, on whose behalf."""

    instructions: str
    message: str
    output_schema: JsonObject | None
    wishes: Wishes
    made_for: MadeFor | None
    agent_run: AgentRun | None
    stop: threading.Event | None


def prompt(  # noqa: PLR0913  # all that a question is made of, each by its name
    *,
    organization_id: uuid.UUID,
    run_id: uuid.UUID | None,
    step_id: uuid.UUID | None,
    instructions: str,
    message: str,
    model: str = "",
    topic: str = "",
    output_schema: JsonObject | None = None,
    wishes: Wishes = ANY_WAY,
    agent_run: AgentRun | None = None,
    stop: threading.Event | None = None,
) -> PromptAnswer:
    """Ask the model that `model` names (an endpoint's id or name), else `topic`'s, else the organization's default.

    `output_schema` is a JSON Schema of an object. The call is recorded for `run_id` and `step_id`. Raise PromptFailed:
    `agent_model_unresolved` where no model is found, `output_schema_invalid`, `model_call_failed`, or `superseded` soon
    after `stop` is set. Not for use in an event loop, nor in a transaction.
    """
    found = resolve_writer(organization_id, model=model, topic=topic)
    if found is None:
        raise PromptFailed(MODEL_UNRESOLVED, _unresolved(model, topic), details={"model": model, "topic": topic})
    if output_schema is not None and (problem := object_schema_problem(output_schema)):
        raise PromptFailed("output_schema_invalid", problem)
    made_for = MadeFor(run_id, step_id) if run_id else None
    question = _Question(instructions, message, output_schema, wishes, made_for, agent_run, stop)
    return _by_rules(question) if found.endpoint is None else _by_model(found, found.endpoint, question)


def prompt_by_spec(
    *,
    organization_id: uuid.UUID,
    run_id: uuid.UUID | None,
    step_id: uuid.UUID | None,
    spec: PromptSpec,
    message: str,
    output_schema: JsonObject | None = None,
    agent_run: AgentRun | None = None,
    stop: threading.Event | None = None,
) -> PromptAnswer:
    """Ask as a prompt agent does. `output_schema` is the caller's own, which goes before the agent's."""
    return prompt(
        organization_id=organization_id, run_id=run_id, step_id=step_id, instructions=spec.instructions,
        message=message, model=spec.model, topic=spec.topic, output_schema=output_schema or spec.output_schema,
        wishes=Wishes(spec.temperature, spec.max_tokens), agent_run=agent_run, stop=stop,
    )  # fmt: skip


def _by_rules(question: _Question) -> PromptAnswer:
    try:
        text, data = written(question.instructions, question.message, question.output_schema)
    except CanNotWrite as error:
        raise PromptFailed("rules_can_not_write", str(error)) from error
    return PromptAnswer(text, data)


def _by_model(found: ModelRef, endpoint: ModelEndpoint, question: _Question) -> PromptAnswer:
    def ask_model(asked: Prompt) -> Reply:
        return ask(
            endpoint=endpoint, prompt=asked, purpose=Purpose.AGENT, agent_run=question.agent_run,
            made_for=question.made_for, wishes=question.wishes, stop=question.stop,
        )  # fmt: skip

    asked = Prompt(question.instructions, (Message(Speaker.USER, question.message),))
    try:
        if question.output_schema is None:
            reply = ask_model(asked)
            return PromptAnswer(reply.text, None, reply.usage, found.label)
        answer = ask_by_schema(ask_model, asked, question.output_schema)
    except ModelCallFailed as failure:
        message = f"{found.label} gave no answer. {failure.sentence}"
        raise PromptFailed(
            "model_call_failed", message, is_retryable=failure.is_retryable, details={"model": found.label}
        ) from failure
    except CallStopped as stopped:
        raise PromptFailed("superseded", "The run is no longer wanted.") from stopped
    return PromptAnswer(answer.raw, answer.value, answer.usage, found.label, answer.problem)


def _unresolved(model: str, topic: str) -> str:
    if model.strip():
        return f"There is no model {model!r} here, or more than one. Name another, or add it under Settings, Models."
    where = f"The topic {topic!r} leads to no model" if topic.strip() else "No model is named"
    return f"{where}, and the organization has no default for agents. Set one under Settings, Models."
