import uuid
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.configured import Settings, settings_of
from orchestration.steps.effects import EffectNode
from orchestration.steps.tool_calls import call_tool, tool_problems

ToolId = Annotated[str, StringConstraints(min_length=1)]


class ToolSettings(Settings):
    tool_id: ToolId


class ToolStep(EffectNode):
    """Calls a tool with the input that the mapping gives. Its output is what the tool answers."""

    settings: ClassVar[type[Settings]] = ToolSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        return Ok(call_tool(context, settings_of(ToolSettings, context.node).tool_id, given))

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return tool_problems(settings_of(ToolSettings, node).tool_id, organization_id)
