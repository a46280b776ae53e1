"""Reads of archives. Each starts from what the actor may see."""

from collections.abc import Mapping

from django.db.models import QuerySet
from pydantic import JsonValue

from agents.models import AgentArchive
from console.access import Actor
from console.ids import from_public


def archives_for(actor: Actor) -> "QuerySet[AgentArchive]":
    """Return the archives with agents' code, whatever became of them."""
    rows: QuerySet[AgentArchive] = AgentArchive.objects.visible_to(actor)
    return rows


def archive_of(actor: Actor, spec: Mapping[str, JsonValue]) -> AgentArchive | None:
    """Return the archive that a spec names, if it names one that is there."""
    source = spec.get("source")
    if not isinstance(source, dict) or source.get("kind") != "zip":
        return None
    return archive_by_id(actor, str(source.get("archive_id", "")))


def archive_by_id(actor: Actor, public_id: str) -> AgentArchive | None:
    key = from_public(AgentArchive.ID_PREFIX, public_id)
    return archives_for(actor).filter(pk=key).first() if key else None
