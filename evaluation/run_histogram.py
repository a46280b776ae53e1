"""Runs over time, in bars that are easy to read: which stretch of time, how wide a bar, and how many runs in each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from agents.models import AgentRun, AgentRunStatus, VerdictWord
from evaluation.explorer import key_at
from evaluation.run_counts import grouped

#: The newest runs that are drawn; where there are more, the picture begins later.
MOST_DRAWN = 10_000
MOST_BARS = 60
#: Nothing before that is drawn, unless the filters ask for it.
FAR_BACK = timedelta(days=30)
#: How much is shown on either side of the span that is filtered for, in spans.
_BEFORE, _AFTER = 1.5, 0.5

_STEPS = (
    (timedelta(minutes=1), "minute"), (timedelta(minutes=5), "5 minutes"), (timedelta(minutes=15), "15 minutes"),
    (timedelta(hours=1), "hour"), (timedelta(hours=3), "3 hours"), (timedelta(hours=6), "6 hours"),
    (timedelta(hours=12), "12 hours"), (timedelta(days=1), "day"), (timedelta(days=7), "week"),
    (timedelta(days=28), "4 weeks"), (timedelta(days=364), "year"),
)  # fmt: skip

_OVER_TIME = """
SELECT floor(extract(epoch FROM created_at - %s) / %s)::int AS bar, status, verdict, count(*)
FROM ({rows}) AS newest GROUP BY 1, 2, 3
"""
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)  # a Monday, so that weeks begin on one


class Window(NamedTuple):
    """A stretch of time in `bars` bars of the width `step`; `word` names the width: "runs per hour".

    The last bar is the one that `last` falls into.
    """

    start: datetime
    step: timedelta
    bars: int
    word: str
    last: datetime

    @property
    def end(self) -> datetime:
        return self.start + self.step * self.bars


@dataclass(slots=True)
class Bar:
    """What became of the runs that began in one bar's time. Broken runs were not judged."""

    start: datetime
    end: datetime
    passed: int = 0
    failed: int = 0
    broken: int = 0
    ungraded: int = 0


def window_of(*, first: datetime, now: datetime, since: datetime | None, until: datetime | None) -> Window:
    """Return what to draw: all there is, or the span that is filtered for with what lies around it."""
    if since is None and until is None:
        return _window(max(first, now - FAR_BACK), now)
    begin, end = since or first, min(until or now, now)
    span = max(end - begin, timedelta(minutes=1))
    return _window(max(first, begin - span * _BEFORE), min(now, end + span * _AFTER))


def bars_of(rows: "QuerySet[AgentRun]", window: Window) -> tuple[Window, list[Bar]]:
    """Count runs by when they began. Where there are too many, the window that comes back begins later."""
    bars, drawn = _bars(rows, window)
    if drawn < MOST_DRAWN:
        return window, bars
    oldest = next((bar.start for bar in bars if bar != Bar(bar.start, bar.end)), window.start)
    window = _window(oldest, window.last)
    return window, _bars(rows, window)[0]


def _bars(rows: "QuerySet[AgentRun]", window: Window) -> tuple[list[Bar], int]:
    bars = [Bar(window.start + window.step * place, window.start + window.step * (place + 1)) for place in
            range(window.bars)]  # fmt: skip
    inside = rows.filter(pk__gte=key_at(window.start), pk__lt=key_at(window.end))
    newest = inside.values("created_at", "status", "verdict")
    drawn = 0
    for place, status, verdict, number in grouped(
        _OVER_TIME, newest, MOST_DRAWN, window.start, window.step.total_seconds()
    ):
        drawn += number
        if 0 <= place < window.bars:
            _add(bars[place], status, verdict, number)
    return bars, drawn


def _window(start: datetime, end: datetime) -> Window:
    span = max(end - start, timedelta(0))
    step, word = next(((step, word) for step, word in _STEPS if span <= step * (MOST_BARS - 1)), _STEPS[-1])
    first = start - (start - _EPOCH) % step
    return Window(first, step, (end - first) // step + 1, word, end)


def _add(bar: Bar, status: str, verdict: str, number: int) -> None:
    if status == AgentRunStatus.FAILED:
        bar.broken += number
    elif verdict == VerdictWord.PASS:
        bar.passed += number
    elif verdict == VerdictWord.FAIL:
        bar.failed += number
    elif verdict == VerdictWord.UNGRADED:
        bar.ungraded += number
