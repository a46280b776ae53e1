"""Calling a tool for a step."""

import uuid

from agents.models import Tool
from agents.tools.http import call
from console.errors import Problem
from console.ids import from_public
from orchestration.graph import JsonObject
from orchestration.steps.base import StepContext
from orchestration.steps.effects import NodeFailed, idempotency_key


def call_tool(context: StepContext, tool_id: str, given: JsonObject, *more: int) -> JsonObject:
    """Return what a tool answers; raise WorkFailed. `more` tells several calls of one attempt apart."""
    tool = _tool(tool_id, context.organization_id)
    if tool is None:
        raise NodeFailed("tool_not_found", _no_tool(tool_id))
    return call(tool, given, idempotency_key=idempotency_key(context, *more), stop=context.stop)


def tool_problems(tool_id: str, organization_id: uuid.UUID) -> list[Problem]:
    return [] if _tool(tool_id, organization_id) else [Problem(_no_tool(tool_id), "tool_id")]


def _tool(tool_id: str, organization_id: uuid.UUID) -> Tool | None:
    key = from_public(Tool.ID_PREFIX, tool_id)
    tools = Tool.objects.filter(organization_id=organization_id, archived_at=None).select_related("credential")
    return None if key is None else tools.filter(pk=key).first()


def _no_tool(tool_id: str) -> str:
    return f"There is no tool {tool_id!r} here. Choose another."
