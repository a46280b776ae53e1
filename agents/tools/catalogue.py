import uuid

from django.db.models import Q

from agents.errors import ToolError
from agents.models import Tool
from console.ids import from_public

NOT_FOUND = "tool_not_found"


def find_tool(organization_id: uuid.UUID, ref: str) -> Tool:
    """Return the tool of a public id or, as people write it, a name; raise ToolError (`tool_not_found`)."""
    ref = ref.strip()
    key = from_public(Tool.ID_PREFIX, ref)
    live = Tool.objects.filter(organization_id=organization_id, archived_at=None).select_related("credential")
    tool: Tool | None = live.filter(Q(name__iexact=ref) if key is None else Q(pk=key)).first() if ref else None
    if tool is None:
        raise ToolError(NOT_FOUND, f"There is no tool {ref!r} here. Choose another.")
    return tool
