"""Calling a tool for a step."""

import uuid

from agents.errors import ToolError
from agents.tools.catalogue import find_tool
from agents.tools.http import call
from console.errors import Problem
from orchestration.graph import JsonObject
from orchestration.steps.base import StepContext
from orchestration.steps.effects import idempotency_key


def call_tool(context: StepContext, tool_id: str, given: JsonObject, *more: int) -> JsonObject:
    """Return what a tool answers; raise WorkFailed. `more` tells several calls of one attempt apart."""
    tool = find_tool(context.organization_id, tool_id)
    return call(tool, given, idempotency_key=idempotency_key(context, *more), stop=context.stop)


def tool_problems(tool_id: str, organization_id: uuid.UUID) -> list[Problem]:
    try:
        find_tool(organization_id, tool_id)
    except ToolError as error:
        return [Problem(error.message, "tool_id")]
    return []
