"""Reads of archives. Each starts from what the actor may see."""

from django.db.models import QuerySet

from agents.models import AgentArchive
from console.access import Actor


def archives_for(actor: Actor) -> "QuerySet[AgentArchive]":
    """Return the archives with agents' code, whatever became of them."""
    rows: QuerySet[AgentArchive] = AgentArchive.objects.visible_to(actor)
    return rows
