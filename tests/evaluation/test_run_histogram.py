from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from agents.models import AgentRun
from console.ids import new_id
from evaluation import run_histogram
from evaluation.explorer import key_at
from evaluation.run_histogram import bars_of, window_of
from tests.factories import AgentRunFactory

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def window(first: timedelta, since: timedelta | None = None, until: timedelta | None = None):
    moments = {"since": since and NOW - since, "until": until and NOW - until}
    return window_of(first=NOW - first, now=NOW, **moments)


@pytest.mark.parametrize(
    ("first", "word", "bars"),
    [
        (timedelta(minutes=20), "minute", 21),
        (timedelta(hours=4), "5 minutes", 49),
        (timedelta(hours=40), "hour", 41),
        (timedelta(days=90), "day", 31),
    ],
)
def test_the_bars_are_as_wide_as_it_takes_to_have_a_few_dozen(first, word, bars):
    found = window(first)
    assert found.word == word
    assert found.bars == bars <= run_histogram.MOST_BARS
    assert found.start <= NOW - min(first, run_histogram.FAR_BACK)
    assert found.end - found.step <= NOW < found.end


def test_a_span_is_drawn_with_what_lies_around_it():
    found = window(timedelta(days=90), since=timedelta(days=4), until=timedelta(days=3))
    assert found.start <= NOW - timedelta(days=5, hours=12)
    assert found.end >= NOW - timedelta(days=2, hours=12)
    assert found.end < NOW


@pytest.fixture
def made(project):
    def make(ago: timedelta, **fields) -> None:
        at = NOW - ago
        run = AgentRunFactory(id=UUID(int=key_at(at).int | (new_id().int & ((1 << 80) - 1))), project=project, **fields)
        AgentRun.objects.filter(pk=run.pk).update(created_at=at)

    return make


def test_runs_are_counted_where_they_began_by_what_became_of_them(made):
    made(timedelta(hours=2), verdict="PASS")
    made(timedelta(hours=2), verdict="FAIL")
    made(timedelta(0), verdict="UNGRADED")
    made(timedelta(0), status="failed")
    made(timedelta(0), status="queued")
    _, bars = bars_of(AgentRun.objects.all(), window(timedelta(hours=40)))
    counts = [(bar.passed, bar.failed, bar.broken, bar.ungraded) for bar in bars]
    assert (counts[-3], counts[-1], sum(map(sum, counts))) == ((1, 1, 0, 0), (0, 0, 1, 1), 4)


def test_where_there_are_too_many_the_picture_begins_later_and_still_ends_now(made, monkeypatch):
    monkeypatch.setattr(run_histogram, "MOST_DRAWN", 3)
    for days in (20, 10, 1, 1, 0):
        made(timedelta(days=days), verdict="PASS")
    whole = window(timedelta(days=20))
    found, bars = bars_of(AgentRun.objects.all(), whole)
    assert whole.start < found.start <= NOW - timedelta(days=1)
    assert found.end - found.step <= NOW < found.end
    assert sum(bar.passed for bar in bars) == 3
