"""The Data Explorer's URL: what it asks for, and the URLs that ask for a little more or less.

A URL may have been typed or be years old, so whatever does not fit is left aside rather than refused.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from agents.errors import Cause
from agents.models import Agent, AgentRunStatus, AgentVersion, VerdictWord
from console.ids import from_public
from evaluation.explorer import NO_VERDICT, Dimension, RunFilters
from evaluation.models import Dataset
from orchestration.models import Pipeline

_PREFIXES = {Dimension.AGENT: Agent.ID_PREFIX, Dimension.PIPELINE: Pipeline.ID_PREFIX}
VALUES: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.STATUS: tuple(AgentRunStatus),
    Dimension.VERDICT: (*VerdictWord, NO_VERDICT),
    Dimension.CAUSE: tuple(Cause),
}
#: Names of time spans that end now; `today` began at midnight, UTC.
PRESETS = {
    "1h": "last hour",
    "today": "today, UTC",
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
}
_SPANS = {
    "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30),
}  # fmt: skip
_MOST_VALUES = 50
_LONGEST_TEXT = 200
_PLACE = ("cursor", "at")
_TIME = ("started", "from", "to")


class View(NamedTuple):
    """A saved view: nothing but filters under a name."""

    label: str
    query: Mapping[str, str]


VIEWS = (
    View("All runs", {}),
    View("Failed today", {"outcome": "failed", "started": "today"}),
    View("Ungraded", {"verdict": VerdictWord.UNGRADED.value}),
)


@dataclass(frozen=True, slots=True)
class ExplorerQuery:
    """What a URL asks for. `data` is what it says, of which every other URL of the page is made."""

    data: QueryDict

    def filters(self, now: datetime) -> RunFilters:
        since, until = self._span(now)
        return RunFilters(
            chosen={dimension: values for dimension in Dimension if (values := self._values(dimension))},
            version_id=self._key("version", AgentVersion.ID_PREFIX),
            dataset_id=self._key("dataset", Dataset.ID_PREFIX),
            error_code=self.data.get("code", "")[:64],
            is_bad=self.data.get("outcome") == "failed",
            since=since,
            until=until,
            text=self.text,
        )

    @property
    def text(self) -> str:
        return self.data.get("q", "").strip()[:_LONGEST_TEXT]

    @property
    def view(self) -> View:
        """Return the narrowest of the saved views that this is, or is a part of."""
        fitting = [
            view for view in VIEWS if all(self.data.getlist(name) == [value] for name, value in view.query.items())
        ]
        return max(fitting, key=lambda view: len(view.query))

    def url(self, *without: str, value: str = "", **changes: str) -> str:
        """Return the query of a page with other filters, from its beginning on.

        `without` names what is left out: all of it, or only `value` where it has several.
        """
        gone = {*_PLACE, *changes}
        kept = [
            (name, item)
            for name, items in self.data.lists()
            if name not in gone
            for item in items
            if item and not (name in without and value in {"", item})
        ]
        return f"?{urlencode([*kept, *((name, item) for name, item in changes.items() if item)])}"

    def at_any_time(self) -> str:
        return self.url(*_TIME)

    def encoded(self) -> str:
        return self.url().removeprefix("?")

    @property
    def preset(self) -> str:
        name = self.data.get("started", "")
        return name if name in PRESETS else ""

    def _span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        if self.preset == "today":
            return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), None
        if self.preset:
            return now - _SPANS[self.preset], None
        return _moment(self.data.get("from", "")), _moment(self.data.get("to", ""))

    def _values(self, dimension: Dimension) -> tuple[str, ...]:
        given = self.data.getlist(dimension)[:_MOST_VALUES]
        prefix = _PREFIXES.get(dimension)
        if prefix is None:
            return tuple(value for value in VALUES[dimension] if value in given)
        return tuple(str(key) for item in given if (key := from_public(prefix, item)) is not None)

    def _key(self, name: str, prefix: str) -> uuid.UUID | None:
        return from_public(prefix, self.data.get(name, ""))


def moment_text(moment: datetime) -> str:
    """Write a moment as the URL says it, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
