"""Home as it is shown: what waits or broke, and how the pass rate has been going."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from console.display.numbers import plural
from console.display.options import Attention, Option
from console.display.pictures import Point
from console.display.times import day
from console.forms.explorer import moment_text
from evaluation.attention import Group
from evaluation.models import Dataset, DatasetStatus
from evaluation.pass_rate import Day, is_clear_change, total_of
from evaluation.statistics import Share

#: Spans of the pass rate, in days; the first is what a page shows that names none.
SPANS = (14, 7, 30)
_LEAST_POINTS = 2
_LONGEST_MESSAGE = 120


def broken_attention(groups: Iterable[Group]) -> list[Attention]:
    return [
        Attention(
            "run_failed",
            f"{plural(group.runs, 'run')} failed",
            group.name,
            _facts(_agent(group), _cut(group.message), _when(group)),
            group.last,
            f"Open {plural(group.runs, 'run')}" if group.runs > 1 else "Open run",
            _runs_url(group, code=group.name, status="failed"),
        )
        for group in groups
    ]


def ungraded_attention(groups: Iterable[Group]) -> list[Attention]:
    return [
        Attention(
            "ungraded",
            f"{plural(group.runs, 'run')} {'is' if group.runs == 1 else 'are'} ungraded",
            "The judge gave no verdict",
            _facts(_agent(group), f"judge {group.name}" if group.name else "", _when(group)),
            group.last,
            f"Open {plural(group.runs, 'run')}" if group.runs > 1 else "Open run",
            _runs_url(group, verdict="UNGRADED"),
        )
        for group in groups
    ]


def upload_attention(datasets: Iterable[Dataset]) -> list[Attention]:
    """Return the uploads that wait for somebody, or broke."""
    return [_upload(dataset) for dataset in datasets]


class PassRate(NamedTuple):
    """How many passed over some days. `change` says how that compares with as many days before."""

    share: Share | None
    passed: int
    failed: int
    ungraded: int
    points: Sequence[Point]
    start: str
    change: str
    tone: str
    icon: str


def pass_rate(days: list[Day], span: int, now: datetime) -> PassRate:
    """Say what the last `span` of `days` came to; the others are what it is compared with."""
    shown, before = days[-span:], days[:-span]
    total = total_of(shown)
    points = [Point(share.value, share.low, share.high) for item in shown if (share := item.share)]
    first = next((item.start for item in shown if item.share), now)
    earlier = total_of(before).share if before else None
    return PassRate(
        total.share, total.passed, total.failed, total.ungraded, points if len(points) >= _LEAST_POINTS else (),
        day(first, now), *_change(earlier, total.share, span),
    )  # fmt: skip


def span_options(span: int) -> list[Option]:
    return [Option(f"{days} d", url=f"?days={days}", is_current=days == span) for days in sorted(SPANS)]


def span_of(text: str) -> int:
    return next((days for days in SPANS if str(days) == text), SPANS[0])


def _change(before: Share | None, after: Share | None, span: int) -> tuple[str, str, str]:
    if before is None or after is None:
        return "", "", ""
    if not is_clear_change(before, after):
        return f"no clear change on the {span} days before", "second", ""
    points = abs(after.value - before.value) * 100
    is_better = after.value > before.value
    words = f"{points:.1f} points {'over' if is_better else 'under'} the {span} days before"
    return words, "passed" if is_better else "failed", "arrow-up-right" if is_better else "arrow-down-right"


def _upload(dataset: Dataset) -> Attention:
    url, pipeline = reverse("dataset", args=[dataset.public_id]), str(dataset.pipeline)
    seeded = f"{dataset.created_rows:,} of {plural(dataset.good_rows, 'row')} seeded"
    if dataset.status == DatasetStatus.CHECKED:
        facts = _facts(pipeline, plural(dataset.good_rows, "row"), "forgotten after a day")
        words, action, at = "is checked and not seeded", "Review", dataset.created_at
    elif dataset.status == DatasetStatus.PAUSED:
        facts, words, action, at = _facts(pipeline, seeded), "is paused", "Open", dataset.updated_at
    else:
        facts = _facts(pipeline, seeded, _cut(dataset.error))
        return Attention("broken", dataset.name, "could not be seeded", facts, dataset.updated_at, "Open", url)
    return Attention("waiting", dataset.name, words, facts, at, action, url)


def _agent(group: Group) -> str:
    return f"{group.version.agent.name} v{group.version.number}"


def _when(group: Group) -> str:
    return f"first {group.first:%-d %b %H:%M} UTC" if group.runs > 1 else ""


def _facts(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _cut(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def _runs_url(group: Group, **query: str) -> str:
    kept = {"version": group.version.public_id, **{name: value for name, value in query.items() if value}}
    kept["from"] = moment_text(group.first)
    return f"{reverse('runs')}?{urlencode(kept)}"
