"""The Data Explorer's filters as they are shown: facets, chips, tabs and the bars over time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from agents.models import VerdictWord
from console.display import status
from console.display.numbers import plural
from console.display.options import Option
from console.display.pictures import Hour
from console.forms.explorer import PRESETS, VALUES, ExplorerQuery, moment_text
from evaluation.explorer import NO_VERDICT, Dimension, RunFilters
from evaluation.run_counts import CappedCount
from evaluation.run_histogram import Bar, Window

#: Of agents and pipelines the commonest are listed, and those that are chosen.
MOST_LISTED = 8

_TITLES = {
    Dimension.STATUS: "Status",
    Dimension.VERDICT: "Verdict",
    Dimension.CAUSE: "Cause of failure",
    Dimension.AGENT: "Agent",
    Dimension.PIPELINE: "Pipeline",
}
_ORDER = (Dimension.VERDICT, Dimension.STATUS, Dimension.CAUSE, Dimension.AGENT, Dimension.PIPELINE)


class Name(NamedTuple):
    """What an agent or a pipeline is called, and its id in URLs."""

    public_id: str
    label: str


class Chip(NamedTuple):
    """A filter that is on."""

    words: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """One facet. `more` says how many of its values are not listed."""

    title: str
    name: str
    options: Sequence[Option]
    more: int = 0


Names = Mapping[str, Name]


def facet_groups(filters: RunFilters, counts: Mapping[Dimension, Counter[str]], names: Names) -> list[FacetGroup]:
    groups = [_facet(dimension, filters, counts[dimension], names) for dimension in _ORDER]
    return [group for group in groups if group.options]


def chips(query: ExplorerQuery, filters: RunFilters, names: Names, others: Mapping[str, str]) -> list[Chip]:
    """Return what is filtered for. `others` names the version and the dataset, by their parameters."""
    found = []
    if filters.since or filters.until:
        found.append(Chip("Started", _span_words(query, filters), query.at_any_time()))
    if filters.is_bad:
        found.append(Chip("Outcome is", "Fail or Failed", query.url("outcome")))
    for dimension in _ORDER:
        for value in filters.chosen.get(dimension, ()):
            label, raw = _label(dimension, value, names)
            found.append(Chip(f"{_TITLES[dimension]} is", label, query.url(dimension.value, value=raw)))
    for name, label in others.items():
        found.append(Chip(f"{name.capitalize()} is", label, query.url(name)))
    if filters.error_code:
        found.append(Chip("Error is", filters.error_code, query.url("code")))
    if filters.text:
        found.append(Chip("Task has", filters.text, query.url("q")))
    return found


def tabs(query: ExplorerQuery, views: Sequence[tuple[str, str, CappedCount]]) -> list[Option]:
    """Return the saved views as tabs, from their names, queries and counts."""
    return [
        Option(label, url=f"?{encoded}", hint=str(count), is_current=label == query.view.label)
        for label, encoded, count in views
    ]


def hours(bars: Sequence[Bar], filters: RunFilters) -> list[Hour]:
    """Return bars for the histogram; those outside the span that is filtered for are faint."""
    return [
        Hour(
            passed=bar.passed, failed=bar.failed + bar.broken, ungraded=bar.ungraded, title=_bar_words(bar),
            start=moment_text(bar.start), end=moment_text(bar.end),
            is_inside=(filters.since is None or bar.end > filters.since)
            and (filters.until is None or bar.start < filters.until),
        )
        for bar in bars
    ]  # fmt: skip


def axis_start(window: Window, now: datetime) -> str:
    """Write where a histogram begins: the day, and the time where it is near."""
    start = window.start.astimezone(UTC)
    is_near = (now - window.start).days < 2  # noqa: PLR2004  # after two days the day says enough
    return f"{start.day} {start:%b, %H:%M}" if is_near else f"{start.day} {start:%b}"


def preset_options(query: ExplorerQuery) -> list[Option]:
    return [
        Option(label, url=query.url("from", "to", started=name), is_current=query.preset == name)
        for name, label in PRESETS.items()
    ]


def _facet(dimension: Dimension, filters: RunFilters, counts: Counter[str], names: Names) -> FacetGroup:
    chosen = filters.chosen.get(dimension, ())
    if dimension in VALUES:
        values = [value for value in VALUES[dimension] if counts[_stored(value)] or value in chosen]
        more = 0
    else:
        common = [value for value, _ in counts.most_common() if value in names]
        values = common[:MOST_LISTED] + [value for value in chosen if value not in common[:MOST_LISTED]]
        more = len(common) - MOST_LISTED
    options = []
    for value in values:
        label, raw = _label(dimension, value, names)
        tone = _tone(dimension, value)
        options.append(Option(label, raw, count=counts[_stored(value)], tone=tone, is_current=value in chosen))
    return FacetGroup(_TITLES[dimension], dimension.value, options, max(0, more))


def _label(dimension: Dimension, value: str, names: Names) -> tuple[str, str]:
    """Return what a value is called, and how the URL says it."""
    if dimension in {Dimension.AGENT, Dimension.PIPELINE}:
        name = names.get(value)
        return (name.label, name.public_id) if name else ("not here any more", value)
    if value == NO_VERDICT:
        return "No verdict", value
    if dimension is Dimension.STATUS:
        return status.of_run(value).word, value
    return value.capitalize(), value


def _stored(value: str) -> str:
    return "" if value == NO_VERDICT else value


def _tone(dimension: Dimension, value: str) -> str:
    if dimension is Dimension.VERDICT and value in set(VerdictWord):
        return status.look(value).tone
    return "accent" if dimension in {Dimension.AGENT, Dimension.PIPELINE} else ""


def _span_words(query: ExplorerQuery, filters: RunFilters) -> str:
    if query.preset:
        return PRESETS[query.preset]
    since, until = (f"{at.astimezone(UTC):%-d %b %H:%M}" if at else "" for at in (filters.since, filters.until))
    if not until:
        return f"since {since} UTC"
    return f"{since} to {until} UTC" if since else f"before {until} UTC"


def _bar_words(bar: Bar) -> str:
    counts = [
        plural(bar.passed, "pass", "pass"), plural(bar.failed, "fail", "fail"),
        plural(bar.broken, "run failed", "runs failed"), plural(bar.ungraded, "ungraded", "ungraded"),
    ]  # fmt: skip
    there = [words for words in counts if not words.startswith("0 ")]
    return f"{bar.start.astimezone(UTC):%-d %b, %H:%M} UTC: {', '.join(there) or 'nothing finished'}"
