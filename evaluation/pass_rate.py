"""How many of a project's runs passed, day by day, and whether that has changed."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from agents.models import AgentRun, VerdictWord
from evaluation.explorer import key_at
from evaluation.run_counts import grouped
from evaluation.statistics import Share, wilson

#: Older ones are left out where there are more, so that the page costs the same over a million runs.
MOST_COUNTED = 50_000

_BY_DAY = """
SELECT floor(extract(epoch FROM created_at - %s) / 86400)::int, verdict, count(*)
FROM ({rows}) AS newest GROUP BY 1, 2
"""


@dataclass(slots=True)
class Day:
    """The verdicts on the runs that began on one day, UTC."""

    start: datetime
    passed: int = 0
    failed: int = 0
    ungraded: int = 0

    @property
    def share(self) -> Share | None:
        return wilson(self.passed, self.passed + self.failed)


def days_of(rows: "QuerySet[AgentRun]", *, now: datetime, days: int) -> list[Day]:
    """Count the verdicts of the last days, today's last."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days - 1)
    found = [Day(first + timedelta(days=place)) for place in range(days)]
    judged = rows.filter(pk__gte=key_at(first), verdict__in=VerdictWord.values)
    for place, verdict, number in grouped(_BY_DAY, judged.values("created_at", "verdict"), MOST_COUNTED, first):
        if 0 <= place < days:
            _add(found[place], verdict, number)
    return found


def total_of(days: list[Day]) -> Day:
    """Return several days as one, from the first on."""
    return Day(
        days[0].start,
        sum(day.passed for day in days), sum(day.failed for day in days), sum(day.ungraded for day in days),
    )  # fmt: skip


def is_clear_change(before: Share, after: Share) -> bool:
    """Tell whether two shares differ by more than chance explains at 95 %.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 17 (1998), 873-890, method 10: the intervals of both shares are combined.
    """
    rise = after.value - before.value
    low = rise - math.hypot(after.value - after.low, before.high - before.value)
    high = rise + math.hypot(after.high - after.value, before.value - before.low)
    return low > 0 or high < 0


def _add(day: Day, verdict: str, number: int) -> None:
    if verdict == VerdictWord.PASS:
        day.passed += number
    elif verdict == VerdictWord.FAIL:
        day.failed += number
    else:
        day.ungraded += number
