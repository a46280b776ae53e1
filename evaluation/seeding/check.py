"""Looks a whole file through before anything is created from it, and reads it again row by row when it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from evaluation.seeding.freeze import Frozen, freeze
from evaluation.seeding.plan import Plan, plan_for
from evaluation.seeding.problems import CsvRefused, RowProblem
from evaluation.seeding.reader import DEFAULT_LIMITS, KEPT_LIMITS, Limits, Row, read
from evaluation.seeding.wiring import Wiring

MOST_ERRORS = 1_000
PREVIEW_ROWS = 20
_PREVIEW_CHARACTERS = 500


class ColumnUse(StrEnum):
    AXIS = "axis"  #: feeds an axis of the task
    FIELD = "field"  #: is shown by a field of the pipeline
    IGNORED = "ignored"  #: nothing is wired to it


class Column(NamedTuple):
    """A column of the file and what it feeds: an axis, a field's key, or nothing."""

    name: str
    use: ColumnUse
    feeds: str


class PreviewCell(NamedTuple):
    """A cell's beginning, and what is wrong with it, if anything."""

    text: str
    problem: str


class PreviewRow(NamedTuple):
    """A row as the page shows it; `problem` is what is wrong with the row as a whole."""

    number: int
    cells: tuple[PreviewCell, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds. `errors` are the first thousand of `error_count`; a row may have several.

    `absent` are columns of wired axes that the file does not have, so that no row says anything on them.
    """

    columns: tuple[Column, ...]
    absent: tuple[str, ...]
    rows: int
    good_rows: int
    errors: tuple[RowProblem, ...]
    error_count: int
    preview: tuple[PreviewRow, ...]


def check(
    stream: BinaryIO, wiring: Wiring, *, limits: Limits = DEFAULT_LIMITS, preview_rows: int = PREVIEW_ROWS
) -> Report:
    """Read a file to its end; raise CsvRefused where it can't be used as a whole, or holds no row."""
    table = read(stream, limits)
    plan = plan_for(table.header, wiring)
    rows = good = error_count = 0
    errors: list[RowProblem] = []
    preview: list[PreviewRow] = []
    for row in table.rows:
        frozen = freeze(row, plan)
        rows += 1
        good += frozen.seed is not None
        error_count += len(frozen.problems)
        errors.extend(frozen.problems[: MOST_ERRORS - len(errors)])
        if len(preview) < preview_rows:
            preview.append(preview_row(row, frozen, plan))
    if rows == 0:
        raise CsvRefused("The file has a header and no rows.")
    return Report(columns_of(plan), plan.absent, rows, good, tuple(errors), error_count, tuple(preview))


def frozen_rows(stream: BinaryIO, wiring: Wiring) -> Iterator[Frozen]:
    """Yield every row of a kept file in its order, with its seed or its problems; raise CsvRefused."""
    table = read(stream, KEPT_LIMITS)
    plan = plan_for(table.header, wiring)
    for row in table.rows:
        yield freeze(row, plan)


def columns_of(plan: Plan) -> tuple[Column, ...]:
    """Return every column of a file and what it feeds."""
    feeds = {place: Column(plan.header[place], ColumnUse.FIELD, key) for key, place in plan.fields}
    feeds |= {place: Column(plan.header[place], ColumnUse.AXIS, axis.name) for axis, place in plan.axes}
    return tuple(feeds.get(place, Column(name, ColumnUse.IGNORED, "")) for place, name in enumerate(plan.header))


def preview_row(row: Row, frozen: Frozen, plan: Plan) -> PreviewRow:
    """Return a row as the page shows it."""
    by_column = {problem.column: problem.message for problem in frozen.problems}
    names = (*plan.header, *[""] * (len(row.cells) - len(plan.header)))
    cells = [
        PreviewCell(cell[:_PREVIEW_CHARACTERS], by_column.get(name or f"column {place}", ""))
        for place, (name, cell) in enumerate(zip(names, row.cells, strict=False), start=1)
    ]
    return PreviewRow(row.number, tuple(cells), by_column.get(None, ""))
