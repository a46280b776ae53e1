"""What of the newest runs a person should look at: those that broke, and those that could not be graded, in groups."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from agents.models import AgentRun, AgentRunStatus, AgentVersion, VerdictWord
from evaluation.explorer import moment_of
from evaluation.run_counts import grouped

#: More than that are not looked at; what broke so often is found by its newest.
MOST_LOOKED_AT = 1_000

# The newest of a group speaks for it.
_BROKEN = """
SELECT version_id, error_code, count(*), min(id::text), max(id::text),
    coalesce((array_agg(error->>'message' ORDER BY id DESC))[1], '')
FROM ({rows}) AS newest GROUP BY 1, 2 ORDER BY 5 DESC
"""
_UNGRADED = """
SELECT version_id, (array_agg(judge ORDER BY id DESC))[1], count(*), min(id::text), max(id::text), ''
FROM ({rows}) AS newest GROUP BY 1 ORDER BY 5 DESC
"""


class Group(NamedTuple):
    """Runs of one agent version with the same story. `name` is the error's code, or the judge of ungraded runs."""

    version: AgentVersion
    name: str
    runs: int
    first: datetime
    last: datetime
    message: str


def broken_groups(rows: "QuerySet[AgentRun]", most: int) -> list[Group]:
    """Group the newest failed runs by agent version and error code, the group with the newest run first."""
    failed = rows.filter(status=AgentRunStatus.FAILED)
    return _groups(_BROKEN, failed.values("id", "version_id", "error_code", "error"), most)


def ungraded_groups(rows: "QuerySet[AgentRun]", most: int) -> list[Group]:
    """Group the newest runs without a usable verdict by agent version, but for those being graded again."""
    ungraded = rows.filter(status=AgentRunStatus.COMPLETED, verdict=VerdictWord.UNGRADED, regrade_by="")
    return _groups(_UNGRADED, ungraded.values("id", "version_id", "judge"), most)


def _groups(statement: str, rows: "QuerySet[AgentRun, Any]", most: int) -> list[Group]:
    found = grouped(statement, rows, MOST_LOOKED_AT)[:most]
    versions = _versions([version_id for version_id, *_ in found])
    return [
        Group(versions[version_id], name, count, _moment(first), _moment(last), message)
        for version_id, name, count, first, last, message in found
    ]


def _versions(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, AgentVersion]:
    rows = (
        AgentVersion.objects.filter(pk__in=keys).select_related("agent").only("number", "agent__name") if keys else ()
    )
    return {version.pk: version for version in rows}


def _moment(key: str) -> datetime:
    return moment_of(uuid.UUID(key))
