"""Agents that are one question to a model: no sandbox, no code."""

import json
import threading
import time
import uuid
from collections.abc import Mapping

from pydantic import JsonValue

from agents.errors import AgentRunFailed, FailureCode, PromptFailed
from agents.models import AgentRun
from agents.prompting import MODEL_UNRESOLVED, PromptAnswer, prompt_by_spec
from agents.runtimes.base import Answer
from agents.spec import PromptSpec
from sandboxes.trajectories.steps import ReplyDetail, Step

_INSTRUCTION = "user_instruction"


def answer_of(agent_run: AgentRun, spec: PromptSpec, *, step_id: uuid.UUID, stop: threading.Event) -> Answer:
    """Ask the model what the run is about; raise AgentRunFailed where no answer comes."""
    started = time.monotonic()
    try:
        answer = prompt_by_spec(
            organization_id=agent_run.organization_id, run_id=agent_run.run_id, step_id=step_id, spec=spec,
            message=message_of(agent_run.task_input), agent_run=agent_run, stop=stop,
        )  # fmt: skip
    except PromptFailed as failure:
        raise AgentRunFailed(_code(failure), failure.message) from failure
    duration_ms = round((time.monotonic() - started) * 1000)
    text = _text(answer)
    step = Step(0, f"Answer by {answer.model}", ReplyDetail(text), 0, duration_ms, is_ok=not answer.problem)
    return Answer((step,), text)


def message_of(task_input: Mapping[str, JsonValue]) -> str:
    """Return what the model is asked: the instruction, and below it, as JSON, whatever else the input holds."""
    rest = {key: value for key, value in task_input.items() if key != _INSTRUCTION}
    parts = [str(task_input.get(_INSTRUCTION, "")), json.dumps(rest, indent=2, ensure_ascii=False) if rest else ""]
    return "\n\n".join(filter(None, parts))


def _text(answer: PromptAnswer) -> str:
    return answer.content if answer.data is None else json.dumps(answer.data, indent=2, ensure_ascii=False)


def _code(failure: PromptFailed) -> FailureCode:
    is_unresolved = failure.code == MODEL_UNRESOLVED
    return FailureCode.AGENT_MODEL_UNRESOLVED if is_unresolved else FailureCode.MODEL_CALL_FAILED
