"""Who calls a tool, as far as other rooms know: each says so by a function named here by its dotted path."""

import uuid
from collections.abc import Callable, Collection
from typing import cast

from django.utils.module_loading import import_string

from agents.models import Tool

#: Called with an organization and all the references that name the tool; each returns users in words.
_USES = ("orchestration.tool_uses.pipelines_calling",)

Uses = Callable[[uuid.UUID, Collection[str]], list[str]]


def users_of(tool: Tool) -> list[str]:
    """Return what would miss a tool, in words."""
    refs = {tool.public_id, tool.name}
    return [user for path in _USES for user in cast("Uses", import_string(path))(tool.organization_id, refs)]
