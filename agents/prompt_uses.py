import uuid
from collections.abc import Collection

from django.db.models import Q

from agents.models import Agent

_MOST_NAMED = 5


def agents_asking(organization_id: uuid.UUID, refs: Collection[str]) -> list[str]:
    """Return the prompt agents, in words, whose draft or latest version names one of `refs`; the first few of them."""
    named = Q(draft__model__in=[*refs]) | Q(latest__spec__model__in=[*refs])
    agents = Agent.objects.filter(named, organization_id=organization_id, archived_at=None).order_by("name")
    return [f"the agent {agent.name}" for agent in agents[:_MOST_NAMED]]
