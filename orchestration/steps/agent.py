import json
import uuid
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from agents.errors import WorkFailed
from agents.models import Agent, AgentRun
from agents.schemas import object_schema_problem
from console.errors import Problem
from console.ids import from_public
from orchestration.agent_work import published_agent, work_of
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.configured import Settings, settings_of
from orchestration.steps.effects import EffectNode

NO_INPUT = "(no input)"


class AgentSettings(Settings):
    """`prompt` is what the agent is asked where the input mapping has none.

    With an `output_schema` an answer that is a JSON object is the output itself.
    """

    agent_id: Annotated[str, StringConstraints(min_length=1)]
    prompt: str = ""
    output_schema: dict[str, Any] | None = None


class AgentStep(EffectNode):
    """Has an agent answer. Its output is `{"content"}`, or the object that an output schema asks for.

    What is mapped to `prompt` is the question, and the other inputs follow it, a line each. Without any mapping the
    agent gets the input of the run.
    """

    queue = "agents"
    settings: ClassVar[type[Settings]] = AgentSettings

    def agent_id(self, node: Node) -> uuid.UUID | None:
        return from_public(Agent.ID_PREFIX, settings_of(AgentSettings, node).agent_id)

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(AgentSettings, context.node)
        agent = published_agent(settings.agent_id, context.organization_id)
        if not context.node.input_mapping and not given:
            given = _run_input(context.input)
        agent_run = work_of(context, agent, {"user_instruction": message_of(settings.prompt, given), "input": given})
        return Ok(_output(agent_run, settings))

    def own_problems(self, node: Node) -> list[Problem]:
        found = super().own_problems(node)
        schema = None if found else settings_of(AgentSettings, node).output_schema
        problem = "" if schema is None else object_schema_problem(schema)
        return [*found, Problem(problem, "output_schema")] if problem else found

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        try:
            published_agent(settings_of(AgentSettings, node).agent_id, organization_id)
        except WorkFailed as error:
            return [Problem(error.message, "agent_id")]
        return []


def message_of(prompt: str, given: JsonObject) -> str:
    """Return what the agent is asked: the mapped prompt, else the written one, and a line for each other input."""
    mapped = given.get("prompt", prompt)
    question = mapped if isinstance(mapped, str) else json.dumps(mapped, ensure_ascii=False)
    others = {key: value for key, value in given.items() if key != "prompt"}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in others.items()]
    return "\n".join(filter(None, [question, *lines])) or NO_INPUT


def _run_input(state: JsonObject) -> JsonObject:
    run_input = state.get("input")
    return run_input if isinstance(run_input, dict) else {}


def _output(agent_run: AgentRun, settings: AgentSettings) -> JsonObject:
    content = agent_run.final_response or ""
    if settings.output_schema or agent_run.version.spec.get("output_schema"):
        found = _object_in(content)
        if found is not None:
            return found
    return {"content": content}


def _object_in(text: str) -> JsonObject | None:
    """Return the JSON object that a text is, in a fence or not."""
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].startswith("```"):
        lines = lines[1:-1]
    try:
        found = json.loads("\n".join(lines))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
