"""What the person looking at a page may do there; what they may not is left out of it."""

import uuid

from console.access import Permission, can
from console.session import PlacedRequest


def rights(request: PlacedRequest, project_id: uuid.UUID | None = None) -> dict[str, bool]:
    """Return the rights that templates ask for, in one project or in the present one."""
    place = request.place
    key = project_id or place.project.pk
    return {
        "may_run": can(place.actor, Permission.RUN, project_id=key),
        "may_edit": can(place.actor, Permission.EDIT_PIPELINES, project_id=key),
        "may_see_agents": can(place.actor, Permission.VIEW_AGENTS, project_id=key),
        "may_manage_models": can(place.actor, Permission.MANAGE_MODELS, project_id=key),
    }
