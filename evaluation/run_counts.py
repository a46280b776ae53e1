"""How many runs of each kind there are, for facets and tabs.

Each question has a bound, so that a page costs the same over a thousand runs and over a million.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from agents.models import AgentRun
from evaluation.explorer import Dimension

#: Beyond this a count says "10,000+".
MOST_COUNTED = 10_000

_BY_KIND = """
SELECT status, verdict, cause, agent_id::text, pipeline_id::text, count(*)
FROM ({rows}) AS newest GROUP BY 1, 2, 3, 4, 5
"""
_COLUMNS = ("status", "verdict", "cause", "agent_id", "pipeline_id")


class CappedCount(NamedTuple):
    """A number of runs; where it `is_capped` there are more."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.is_capped else ''}"


class Facets(NamedTuple):
    """How many runs fit, and how many of them have each value of each dimension."""

    total: CappedCount
    values: Mapping[Dimension, Counter[str]]


def count_up_to(rows: "QuerySet[AgentRun]", most: int = MOST_COUNTED) -> CappedCount:
    found = rows.order_by()[: most + 1].count()
    return CappedCount(min(found, most), found > most)


def facets_of(rows: "QuerySet[AgentRun]") -> Facets:
    """Count the newest runs by every dimension at once."""
    total = 0
    values: dict[Dimension, Counter[str]] = {dimension: Counter() for dimension in Dimension}
    for *kind, number in grouped(_BY_KIND, rows.values(*_COLUMNS), MOST_COUNTED + 1):
        total += number
        for dimension, value in zip(Dimension, kind, strict=True):
            values[dimension][value or ""] += number
    return Facets(CappedCount(min(total, MOST_COUNTED), total > MOST_COUNTED), values)


def grouped(statement: str, rows: "QuerySet[Any, Any]", most: int, *parameters: Any) -> Sequence[Any]:
    """Run a statement over the newest `most` of `rows`, which stand where it says {rows}, behind its parameters.

    Django can't group over rows that have a limit, and the limit is what bounds the cost.
    """
    inner, values = rows.order_by("-pk")[:most].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=inner), [*parameters, *values])
        found: Sequence[Any] = cursor.fetchall()
    return found
