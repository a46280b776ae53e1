"""How a stage's work is done: by the model of its topic, or by the agent that it names."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from agents.errors import WorkFailed
from agents.llm.extraction import last_object
from agents.models import Agent
from agents.prompting import prompt
from console.errors import Problem
from console.ids import from_public
from orchestration.agent_work import published_agent, work_of
from orchestration.dialects.stages.placeholders import UnknownPlaceholder
from orchestration.fold import ARTIFACTS
from orchestration.graph import JsonObject, Node
from orchestration.outputs import whole
from orchestration.steps.base import Failed, StepContext, StepError

#: Where prompts wait for their models: beside the agents, so that they never hold up the engine's own steps.
QUEUE = "agents"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered. `data` is the object that stands in it, if there is one; `by` says who answered."""

    text: str
    data: JsonObject | None
    by: JsonObject


class StageWork:
    """What the kinds of step have in common whose work is done so."""

    is_pure = False
    queue = QUEUE

    def agent_id(self, node: Node) -> uuid.UUID | None:
        return from_public(Agent.ID_PREFIX, str(node.config.get("agent", "")))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        """Return what is wrong with the agent that a stage names: a model is looked up when the stage runs."""
        named = node.config.get("agent")
        if not named:
            return []
        try:
            published_agent(str(named), organization_id)
        except WorkFailed as error:
            return [Problem(error.message, "agent")]
        return []


def ask(context: StepContext, *, instructions: str, message: Callable[[], str], shape: JsonObject) -> Reply | Failed:
    """Have the work done, asking for an object of `shape`; what is answered without one is passed on as it is.

    `message` returns what is asked, or raises UnknownPlaceholder.
    """
    try:
        told = message()
        if context.node.config.get("agent"):
            return _by_agent(context, told)
        return _by_model(context, instructions, told, shape)
    except UnknownPlaceholder as error:
        return Failed(StepError("placeholder_unresolved", str(error), {"placeholder": error.name}), is_retryable=False)
    except WorkFailed as error:
        return Failed(StepError(error.code, error.message, error.details), is_retryable=error.is_retryable)


def _by_agent(context: StepContext, message: str) -> Reply:
    agent_id = str(context.node.config["agent"])
    agent = published_agent(agent_id, context.organization_id)
    agent_run = work_of(context, agent, {"user_instruction": message})
    text = agent_run.final_response or ""
    return Reply(text, last_object(text), {"agent": agent_id, "name": agent.name, "agent_run": agent_run.public_id})


def _by_model(context: StepContext, instructions: str, message: str, shape: JsonObject) -> Reply:
    config = context.node.config
    said = prompt(
        organization_id=context.organization_id, run_id=context.run_id, step_id=context.step_id,
        instructions=instructions, message=message, model=str(config.get("model", "")),
        topic=str(config.get("topic", "")), output_schema=shape, stop=context.stop,
    )  # fmt: skip
    by: JsonObject = {
        "model": said.model,
        "is_rules": said.is_rules,
        "input_tokens": said.usage.input_tokens,
        "output_tokens": said.usage.output_tokens,
    }
    return Reply(said.content, said.data or last_object(said.content), by)


def whole_state(context: StepContext) -> JsonObject:
    """Return what the step sees, with outputs that were too large for the state in full."""
    artifacts = context.input.get(ARTIFACTS)
    left: JsonObject = artifacts if isinstance(artifacts, dict) else {}
    return {**context.input, ARTIFACTS: {node_id: whole(output) for node_id, output in left.items()}}
