"""The Data Explorer's filters, and the query they make. Each query starts from what the actor may see.

Runs are in the order of their keys, and a key begins with the moment it was made: so a span of time is a span of keys,
and every filter is served by an index that ends in the key.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from agents.models import AgentRun, AgentRunStatus, VerdictWord
from console.access import Actor

#: Titles are searched in this many of the newest runs: looking for a word takes time in proportion.
MOST_SEARCHED = 100_000
_MOST_WORDS = 6


class Dimension(StrEnum):
    """What runs are told apart by; each is a filter with several values, any of which may fit."""

    STATUS = "status"
    VERDICT = "verdict"
    CAUSE = "cause"
    AGENT = "agent"
    PIPELINE = "pipeline"


#: The value that stands for "no verdict yet".
NO_VERDICT = "none"

_COLUMNS = {
    Dimension.STATUS: "status",
    Dimension.VERDICT: "verdict",
    Dimension.CAUSE: "cause",
    Dimension.AGENT: "agent_id",
    Dimension.PIPELINE: "pipeline_id",
}


@dataclass(frozen=True, slots=True)
class RunFilters:
    """What runs must fit. `chosen` holds the values of each dimension, agents and pipelines by key.

    `is_bad` keeps what broke or was judged a fail; `since` is part of the span, `until` is not.
    """

    chosen: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    version_id: uuid.UUID | None = None
    dataset_id: uuid.UUID | None = None
    error_code: str = ""
    is_bad: bool = False
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    def without(self, dimension: Dimension) -> "RunFilters":
        """Return the same filters but for one dimension, whose values can then be counted."""
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != dimension})

    def at_any_time(self) -> "RunFilters":
        return replace(self, since=None, until=None)


def runs_matching(actor: Actor, project_id: uuid.UUID, filters: RunFilters) -> "QuerySet[AgentRun]":
    """Return the runs of a project that fit all of the filters."""
    rows: QuerySet[AgentRun] = AgentRun.objects.visible_to(actor).filter(_span(filters), project_id=project_id)
    for dimension, values in filters.chosen.items():
        if values:
            rows = rows.filter(**{f"{_COLUMNS[dimension]}__in": ["" if v == NO_VERDICT else v for v in values]})
    if filters.version_id:
        rows = rows.filter(version_id=filters.version_id)
    if filters.dataset_id:
        rows = rows.filter(dataset_id=filters.dataset_id)
    if filters.error_code:
        rows = rows.filter(error_code=filters.error_code, status=AgentRunStatus.FAILED)
    if filters.is_bad:
        rows = rows.filter(Q(status=AgentRunStatus.FAILED) | Q(verdict=VerdictWord.FAIL))
    return _search(rows, filters.text) if filters.text.strip() else rows


def listed(rows: "QuerySet[AgentRun]") -> "QuerySet[AgentRun]":
    """Read what a row of a table shows and nothing large."""
    return rows.select_related("agent", "version").only(
        "id", "run_id", "project_id", "organization_id", "title", "status", "verdict", "failure_mode", "cause",
        "error_code", "latency_ms", "cost", "tokens", "created_at", "started_at", "finished_at", "agent__name",
        "version__number",
    )  # fmt: skip


def key_at(moment: datetime) -> uuid.UUID:
    """Return the lowest key that a row made at a moment can have (RFC 9562: milliseconds come first).

    Before 1970 there were none, so that an earlier moment is as good as its first one.
    """
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def moment_of(key: uuid.UUID) -> datetime:
    """Return when the row of a key was made."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)


def _span(filters: RunFilters) -> Q:
    span = Q()
    if filters.since:
        span &= Q(pk__gte=key_at(filters.since))
    if filters.until:
        span &= Q(pk__lt=key_at(filters.until))
    return span


def _search(rows: "QuerySet[AgentRun]", text: str) -> "QuerySet[AgentRun]":
    """Keep the runs whose title holds every word, among the newest that fit the other filters."""
    last = rows.order_by("-pk").values_list("pk", flat=True)[MOST_SEARCHED : MOST_SEARCHED + 1].first()
    if last is not None:
        rows = rows.filter(pk__gt=last)
    for word in text.replace("\0", "").split()[:_MOST_WORDS]:
        rows = rows.filter(title__icontains=word)
    return rows
