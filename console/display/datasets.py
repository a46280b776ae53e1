"""Datasets as they are shown: how far the seeding has come, how fast it goes, and what came of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from agents.models import AgentRunStatus, VerdictWord
from console.display.numbers import count, duration, percent, plural
from evaluation.explorer import Dimension
from evaluation.models import Dataset, DatasetStatus
from evaluation.seeding.check import Column, ColumnUse, PreviewCell
from evaluation.seeding.preview import Preview

_LOOKS = {
    DatasetStatus.CHECKED: ("queued", "Not seeded yet"),
    DatasetStatus.SEEDING: ("running", "Seeding"),
    DatasetStatus.PAUSED: ("waiting", "Paused"),
    DatasetStatus.SEEDED: ("passed", "Seeded"),
    DatasetStatus.CANCELLED: ("cancelled", "Cancelled"),
    DatasetStatus.FAILED: ("broken", "Failed"),
}
_LEAST_SECONDS = 0.5
_OUTCOMES = (
    (Dimension.VERDICT, VerdictWord.PASS), (Dimension.VERDICT, VerdictWord.FAIL),
    (Dimension.VERDICT, VerdictWord.UNGRADED), (Dimension.STATUS, AgentRunStatus.FAILED),
    (Dimension.STATUS, AgentRunStatus.CANCELLED), (Dimension.STATUS, AgentRunStatus.RUNNING),
    (Dimension.STATUS, AgentRunStatus.QUEUED),
)  # fmt: skip


class Since(NamedTuple):
    """How many rows there were when the page began to look, in seconds of the epoch."""

    rows: int
    at: float


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset as a row or a page shows it. `poll` is the query by which an open page asks again."""

    dataset: Dataset
    status: str
    word: str
    pace: str = ""
    left: str = ""
    outcome: str = ""
    poll: str = ""

    @property
    def is_moving(self) -> bool:
        return self.dataset.status == DatasetStatus.SEEDING

    @property
    def is_under_way(self) -> bool:
        return self.dataset.status in {DatasetStatus.SEEDING, DatasetStatus.PAUSED}

    @property
    def dealt_with(self) -> int:
        """Return how many of the rows that become tasks have become some."""
        return min(self.dataset.created_rows, self.dataset.good_rows)

    @property
    def facts(self) -> str:
        """Say in one line what the dataset is, or came to."""
        dataset = self.dataset
        if dataset.status == DatasetStatus.FAILED:
            return dataset.error
        rows = dataset.good_rows if dataset.status == DatasetStatus.CHECKED else dataset.created_rows
        by = f" by {dataset.created_by}" if dataset.created_by else ""
        return f"{plural(rows, 'row')}{by}" + (f", {self.outcome}" if self.outcome else "")


def dataset_row(
    dataset: Dataset, verdicts: Mapping[str, int] | None = None, *, now: datetime, since: Since | None = None
) -> DatasetRow:
    status, word = _LOOKS[DatasetStatus(dataset.status)]
    if dataset.status != DatasetStatus.SEEDING:
        return DatasetRow(dataset, status, word, outcome=_outcome(Counter(verdicts or {})))
    since = since or Since(dataset.created_rows, now.timestamp())
    made, seconds = dataset.created_rows - since.rows, now.timestamp() - since.at
    poll = urlencode({"rows": since.rows, "at": f"{since.at:.3f}"})
    if made <= 0 or seconds < _LEAST_SECONDS:
        return DatasetRow(dataset, status, word, poll=poll)
    rate = made / seconds
    left_ms = max(0, dataset.good_rows - dataset.created_rows) / rate * 1000
    return DatasetRow(dataset, status, word, f"{count(round(rate))} a second", f"{duration(left_ms)} left", poll=poll)


class Outcome(NamedTuple):
    """How many of a dataset's runs came out in one way; `query` finds them."""

    status: str
    runs: int
    query: str


def outcomes(dataset: Dataset, values: Mapping[Dimension, Counter[str]]) -> list[Outcome]:
    """Return what became of a dataset's runs: the verdicts, then the states of those that have none."""
    found = []
    for dimension, value in _OUTCOMES:
        if runs := values[dimension][value]:
            query = urlencode({"dataset": dataset.public_id, dimension.value: value})
            status = "broken" if value == AgentRunStatus.FAILED else value.lower()
            found.append(Outcome(status, runs, query))
    return found


class PreviewLine(NamedTuple):
    """A row of the preview table: the cells of the columns that are used, or what is wrong with the row as a whole."""

    number: int
    cells: tuple[PreviewCell, ...]
    problem: str
    text: str


class PreviewTable(NamedTuple):
    columns: tuple[Column, ...]
    lines: tuple[PreviewLine, ...]


def preview_table(preview: Preview) -> PreviewTable:
    """Leave out the columns that nothing is wired to: they would crowd out the others."""
    used = [place for place, column in enumerate(preview.columns) if column.use is not ColumnUse.IGNORED]
    lines = [
        PreviewLine(
            row.number, () if row.problem else tuple(row.cells[place] for place in used), row.problem,
            ", ".join(cell.text for cell in row.cells),
        )
        for row in preview.rows
    ]  # fmt: skip
    return PreviewTable(tuple(preview.columns[place] for place in used), tuple(lines))


def since_of(query: QueryDict) -> Since | None:
    """Return what an open page saw first, as it says in its request."""
    rows, at = query.get("rows", ""), query.get("at", "")
    try:
        return Since(int(rows), float(at))
    except ValueError:
        return None


def _outcome(verdicts: Counter[str]) -> str:
    graded = verdicts["PASS"] + verdicts["FAIL"]
    return f"{percent(verdicts['PASS'] / graded)} passed" if graded else ""
