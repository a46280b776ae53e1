"""What a project's runs can look up and remember: which sources and memories there are for them."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from django.db.models import Q, QuerySet

from agents.models import KnowledgeSource, Memory
from console.errors import NotFound
from console.ids import from_public
from console.tenancy import Identified

_Row = TypeVar("_Row", bound=Identified)


class Reach(NamedTuple):
    """The sources and memories that a question is asked of."""

    sources: "QuerySet[KnowledgeSource]"
    memories: "QuerySet[Memory]"


def reach_of(
    *,
    organization_id: uuid.UUID,
    project_id: uuid.UUID,
    source_ids: Iterable[str] | None = None,
    memory_ids: Iterable[str] | None = None,
    has_tags: bool = False,
) -> Reach:
    """Return what is named by public id; where nothing is named, all that there is.

    Tags name entries of memories, so that with them alone no source is asked. Raise NotFound for an id that names
    nothing of the project.
    """
    sources, memories = sources_in(organization_id, project_id), memories_in(organization_id, project_id)
    if source_ids is None and memory_ids is None:
        return Reach(sources.none() if has_tags else sources, memories)
    asks_memories = memory_ids is not None or has_tags
    return Reach(
        sources.none() if source_ids is None else _named(sources, source_ids, "source"),
        (memories if memory_ids is None else _named(memories, memory_ids, "memory"))
        if asks_memories
        else memories.none(),
    )


def sources_in(organization_id: uuid.UUID, project_id: uuid.UUID) -> "QuerySet[KnowledgeSource]":
    rows: QuerySet[KnowledgeSource] = KnowledgeSource.objects.filter(organization_id=organization_id)
    return rows.filter(project_id=project_id)


def memories_in(organization_id: uuid.UUID, project_id: uuid.UUID) -> "QuerySet[Memory]":
    """Return the memories of the project, of the organization and of its agents."""
    rows: QuerySet[Memory] = Memory.objects.filter(organization_id=organization_id)
    return rows.filter(Q(project=None) | Q(project_id=project_id))


def memory_of(*, organization_id: uuid.UUID, project_id: uuid.UUID, memory_id: str) -> Memory:
    """Return the memory of a public id that a project's runs may use; raise NotFound."""
    return _named(memories_in(organization_id, project_id), [memory_id], "memory").get()


def _named(rows: "QuerySet[_Row]", public_ids: Iterable[str], what: str) -> "QuerySet[_Row]":
    """Return the rows of some public ids; raise NotFound, naming the first that there is no row of."""
    keys = {public_id: from_public(rows.model.ID_PREFIX, public_id) for public_id in public_ids}
    found = rows.filter(pk__in=[key for key in keys.values() if key is not None])
    there = set(found.values_list("pk", flat=True))
    missing = next((public_id for public_id, key in keys.items() if key not in there), None)
    if missing is not None:
        raise NotFound(f"There is no {what} {missing!r} here. Choose one of this project.")
    return found
