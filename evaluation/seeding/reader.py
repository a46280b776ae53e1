"""Reads a CSV file as a stream: header first, then row by row, holding no more than one row at a time.

RFC 4180 with any line ending, UTF-8 with or without a byte order mark. Whatever keeps the rest of the file from being
understood raises `CsvRefused`; what is wrong with one row alone comes with the row.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from evaluation.seeding.names import folded
from evaluation.seeding.problems import HEADER, CsvRefused, CsvTooLarge, RowProblem
from evaluation.seeding.source import MEGABYTE, Source

_LONGEST_NAME = 255

# Python's own limit would end a file with an error of its own. Ours is checked below, with the row and the column.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one upload may hold."""

    file_bytes: int = 20 * MEGABYTE
    rows: int = 100_000
    columns: int = 500
    cell_characters: int = MEGABYTE


DEFAULT_LIMITS = Limits()
#: For a file that was looked through before and kept: it was small enough then.
KEPT_LIMITS = Limits(file_bytes=sys.maxsize)


class Row(NamedTuple):
    """One row as it stands in the file. `number` 1 is the first after the header; `problems` are the row's own."""

    number: int
    cells: list[str]
    problems: tuple[RowProblem, ...] = ()


class Table(NamedTuple):
    """A file whose header was read. `rows` reads on as it is iterated, once, and may raise CsvRefused."""

    header: tuple[str, ...]
    rows: Iterator[Row]


def read(stream: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> Table:
    """Read the header and return it with the rows still to come; raise CsvRefused. The stream stays open."""
    source = Source(stream, limits.file_bytes)
    records = _records(source)
    cells = next(records, None)
    if cells is None:
        raise CsvRefused("The file is empty.")
    source.header = _checked_header(cells, limits)
    return Table(source.header, _rows(records, source, limits))


def _records(source: Source) -> Iterator[list[str]]:
    """Yield the header, then every record after it, a blank line as an empty list."""
    reader = csv.reader(source.lines(), strict=True)
    while (cells := _next(reader, source)) is not None:
        if cells or source.number != HEADER:
            yield cells
            source.number += 1
        source.record.clear()


def _next(reader: Iterator[list[str]], source: Source) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        is_open = "unexpected end" in str(error)
        raise source.refusal(_NEVER_CLOSED if is_open else _TEXT_AFTER_QUOTE) from error


_NEVER_CLOSED = "A quote opens here and never closes. Close it, or write a quote inside a cell twice."
_TEXT_AFTER_QUOTE = "Text follows a closing quote. Write a quote inside a quoted cell twice."


def _checked_header(cells: list[str], limits: Limits) -> tuple[str, ...]:
    if len(cells) > limits.columns:
        raise CsvRefused(f"The file has {len(cells):,} columns. Use at most {limits.columns}.", row=HEADER)
    names = tuple(name.strip() for name in cells)
    seen = set()
    for place, name in enumerate(names, start=1):
        if "\0" in name:
            raise CsvRefused("The name of the column holds the character NUL.", row=HEADER, column=f"column {place}")
        if len(name) > _LONGEST_NAME:
            message = f"The name of the column is longer than {_LONGEST_NAME} characters. Is the header missing?"
            raise CsvRefused(message, row=HEADER, column=f"column {place}")
        if name and folded(name) in seen:
            raise CsvRefused(f"Two columns are named {name!r}. Rename one.", row=HEADER, column=name)
        seen.add(folded(name))
    return names


def _rows(records: Iterator[list[str]], source: Source, limits: Limits) -> Iterator[Row]:
    width = len(source.header)
    for cells in records:
        number = source.number
        if number > limits.rows:
            raise CsvTooLarge(f"The file has more than {limits.rows:,} rows. Split it into several.", row=number)
        if len(cells) == width:
            yield Row(number, cells, tuple(_cell_problems(cells, source, limits)))
        elif cells:
            yield Row(number, cells, (RowProblem(number, None, _ragged(len(cells), width)),))


def _ragged(count: int, width: int) -> str:
    return f"The row has {count} {'cell' if count == 1 else 'cells'}, and the header {width}."


def _cell_problems(cells: list[str], source: Source, limits: Limits) -> Iterator[RowProblem]:
    for place, cell in enumerate(cells, start=1):
        if "\0" in cell:
            yield RowProblem(source.number, source.column_name(place), "The cell holds the character NUL.")
        if len(cell) > limits.cell_characters:
            yield RowProblem(source.number, source.column_name(place), "The cell is larger than 1 MB.")
