import json
import uuid
from collections.abc import Mapping
from enum import StrEnum

from agents.errors import WorkFailed
from agents.models import Agent
from agents.prompting import prompt_by_spec
from agents.runtimes.prompt import message_of
from agents.spec import PromptSpec, parse_spec
from console.errors import Problem
from console.ids import from_public
from orchestration import templates
from orchestration.agent_work import published_agent, work_of
from orchestration.graph import JsonObject, Node
from orchestration.schemas import schema_problems
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.pipeline_step import PipelineStep, fits, inputs_of, required, schema_of, text_setting


class ConversationMode(StrEnum):
    """What sort of answer an agent is asked for."""

    CHAT = "chat"  #: what the prompt says
    PLAN = "plan"  #: how it would go about it, with nothing carried out
    REVIEW = "review"  #: what it thinks of what it is given, with nothing changed


MODE_SENTENCES: Mapping[ConversationMode, str] = {
    ConversationMode.CHAT: "",
    ConversationMode.PLAN: "Answer with a plan in numbered steps. Carry nothing out.\n\n",
    ConversationMode.REVIEW: "Answer with a review: what is good, what is wrong, what to do. Change nothing.\n\n",
}
#: Where the input of a run names the agent, for steps that name none.
_INPUT_KEYS = ("agent", "agentId")


class PromptAgentStep(PipelineStep):
    """Has an agent answer a prompt. Its output is the answer: a text, or what the output schema asks for.

    Without an agent of its own the step takes the one that the run's input names under `agent`.
    """

    queue = "agents"

    def agent_id(self, node: Node) -> uuid.UUID | None:
        return from_public(Agent.ID_PREFIX, text_setting(node, "agent"))

    def work(self, context: StepContext) -> Answer:
        agent = agent_named(context, text_setting(context.node, "agent") or _agent_of_input(context.input))
        message = templates.render(text_setting(context.node, "prompt"), context.input)
        return Ok(answer_of(context, agent, task_of(context, message)))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        found = list(required(node, "prompt", "Write what the agent is to do."))
        found += mode_problems(node)
        if agent_id := text_setting(node, "agent"):
            try:
                published_agent(agent_id, organization_id)
            except WorkFailed as error:
                found.append(Problem(error.message, "agent"))
        return found


def mode_of(node: Node, default: ConversationMode = ConversationMode.CHAT) -> ConversationMode:
    return ConversationMode(text_setting(node, "mode") or default)


def mode_problems(node: Node) -> list[Problem]:
    written = text_setting(node, "mode")
    if not written or written in list(ConversationMode):
        return []
    return [Problem(f"Use one of: {', '.join(ConversationMode)}.", "mode")]


def task_of(context: StepContext, message: str, default: ConversationMode = ConversationMode.CHAT) -> JsonObject:
    """Return what an agent is given: the instruction, and what stands under the step's input keys."""
    mode = mode_of(context.node, default)
    task: JsonObject = {"user_instruction": MODE_SENTENCES[mode] + message}
    given = inputs_of(context.node, context.input)
    return {**task, "input": given} if given else task


def agent_named(context: StepContext, agent_id: str) -> Agent:
    if not agent_id:
        raise WorkFailed("agent_not_named", "Neither the step names an agent, nor does the run's input under `agent`.")
    return published_agent(agent_id, context.organization_id)


def answer_of(context: StepContext, agent: Agent, task: JsonObject) -> str:
    """Return what an agent answers to a task; raise WorkFailed where nothing comes of it."""
    schema = schema_of(context.node)
    spec = parse_spec(agent.latest.spec) if agent.latest else None
    if isinstance(spec, PromptSpec) and schema is not None and _is_of_object(schema):
        return _asked_by_schema(context, spec, task, schema)
    return work_of(context, agent, task, fits=lambda text: fits(context.node, text)).final_response or ""


def _asked_by_schema(context: StepContext, spec: PromptSpec, task: JsonObject, schema: JsonObject) -> str:
    """Return the JSON with which a prompt agent's model answers, asked for the schema's own shape."""
    answer = prompt_by_spec(
        organization_id=context.organization_id, run_id=context.run_id, step_id=context.step_id, spec=spec,
        message=message_of(task), output_schema=schema, stop=context.stop,
    )  # fmt: skip
    return answer.content if answer.data is None else json.dumps(answer.data, ensure_ascii=False)


def _is_of_object(schema: JsonObject) -> bool:
    return schema.get("type", "object") == "object" and not schema_problems(schema)


def _agent_of_input(state: JsonObject) -> str:
    run_input = state.get("input")
    given = run_input if isinstance(run_input, dict) else {}
    return next((str(given[key]) for key in _INPUT_KEYS if given.get(key)), "")
