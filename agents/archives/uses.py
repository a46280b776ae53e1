"""Who uses an archive: agents by their drafts and versions. What is used is kept."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.db.models import Q

from agents.models import Agent, AgentRun, AgentRunStatus, AgentVersion


class Use(NamedTuple):
    """An agent and the public id of the archive that it names."""

    archive_id: str
    agent: str


_UNDER_WAY = Q(status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING])


def uses_in(organization_ids: Collection[uuid.UUID]) -> Iterator[Use]:
    """Yield the archives that agents of organizations name. An archived agent counts while it has a run under way."""
    drafts = Agent.objects.filter(organization_id__in=organization_ids, archived_at=None)
    versions = AgentVersion.objects.filter(organization_id__in=organization_ids)
    busy = AgentRun.objects.filter(_UNDER_WAY, organization_id__in=organization_ids).values("version_id")
    live = versions.filter(Q(agent__archived_at=None) | Q(pk__in=busy))
    for archive_id, name in drafts.filter(draft__source__kind="zip").values_list("draft__source__archive_id", "name"):
        yield Use(str(archive_id), name)
    published = live.filter(spec__source__kind="zip").values_list("spec__source__archive_id", "agent__name")
    for archive_id, name in published.distinct():
        yield Use(str(archive_id), name)


def users_of_archives(organization_id: uuid.UUID) -> dict[str, list[str]]:
    """Return the names of the agents that use each archive of an organization, by the archive's public id."""
    found: dict[str, set[str]] = defaultdict(set)
    for use in uses_in([organization_id]):
        found[use.archive_id].add(use.agent)
    return {archive_id: sorted(agents) for archive_id, agents in found.items()}
