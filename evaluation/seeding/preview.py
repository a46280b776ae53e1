"""The beginning of a file that was looked through before, as the page shows it, and all that is wrong with it."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from evaluation.seeding.check import PREVIEW_ROWS, Column, PreviewRow, columns_of, frozen_rows, preview_row
from evaluation.seeding.freeze import freeze
from evaluation.seeding.plan import plan_for
from evaluation.seeding.problems import RowProblem
from evaluation.seeding.reader import KEPT_LIMITS, read
from evaluation.seeding.wiring import Wiring


class Preview(NamedTuple):
    """What `evaluation.seeding.check.Report` says of the columns and the first rows."""

    columns: tuple[Column, ...]
    absent: tuple[str, ...]
    rows: tuple[PreviewRow, ...]


def preview_of(stream: BinaryIO, wiring: Wiring, *, rows: int = PREVIEW_ROWS) -> Preview:
    """Read no further than the rows that are shown; raise CsvRefused."""
    table = read(stream, KEPT_LIMITS)
    plan = plan_for(table.header, wiring)
    shown = [preview_row(row, freeze(row, plan), plan) for row in islice(table.rows, rows)]
    return Preview(columns_of(plan), plan.absent, tuple(shown))


def problems_of(stream: BinaryIO, wiring: Wiring) -> Iterator[RowProblem]:
    """Yield every problem of every row; raise CsvRefused."""
    for row in frozen_rows(stream, wiring):
        yield from row.problems
