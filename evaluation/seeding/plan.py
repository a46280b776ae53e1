"""Which cell of a row feeds what: the wiring laid over one file's header."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evaluation.seeding.axes import AXES, USER, Axis
from evaluation.seeding.names import folded
from evaluation.seeding.problems import HEADER, CsvRefused
from evaluation.seeding.wiring import Wiring, mistyped


class AxisCell(NamedTuple):
    axis: Axis
    place: int


class FieldCell(NamedTuple):
    key: str
    place: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`absent` are wired axes that the file has no column for, which it need not have; places count from 0."""

    header: tuple[str, ...]
    axes: tuple[AxisCell, ...]
    fields: tuple[FieldCell, ...]
    absent: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the columns that nothing is wired to."""
        used = {place for _, place in (*self.axes, *self.fields)}
        return tuple(name for place, name in enumerate(self.header) if place not in used)


def plan_for(header: tuple[str, ...], wiring: Wiring) -> Plan:
    """Lay the wiring over a header; raise CsvRefused where a column that must be there is not, or looks mistyped."""
    places = {folded(name): place for place, name in enumerate(header) if name}
    wanted = (*wiring.columns.values(), *wiring.fields)
    free = _unclaimed(header, wanted)
    axes, absent = [], []
    for name, column in wiring.columns.items():
        place = places.get(folded(column))
        if place is not None:
            axes.append(AxisCell(AXES[name], place))
            continue
        _refuse_missing(column, header, free, is_required=name == USER)
        absent.append(column)
    for key in wiring.fields:
        if folded(key) not in places:
            _refuse_missing(key, header, free, is_required=True)
    fields = tuple(FieldCell(key, places[folded(key)]) for key in wiring.fields)
    return Plan(header, tuple(axes), fields, tuple(absent))


def _unclaimed(header: Iterable[str], wanted: Iterable[str]) -> Mapping[str, str]:
    """Return the columns that no wire names, any of which may be a mistyped one."""
    claimed = {folded(name) for name in wanted}
    return {folded(name): name for name in header if name and folded(name) not in claimed}


def _refuse_missing(column: str, header: tuple[str, ...], free: Mapping[str, str], *, is_required: bool) -> None:
    close = mistyped(column, free.values())
    if close is not None:
        message = f"The column {column!r} is missing, but there is {close!r}. Did you mean {column}?"
        raise CsvRefused(message, row=HEADER, column=close)
    if not is_required:
        return
    separator = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)
    if separator is not None:
        name = "semicolons" if separator == ";" else "tabs"
        raise CsvRefused(f"The columns are separated by {name}. Save the file with commas.", row=HEADER)
    names = ", ".join(name for name in header[:10] if name)
    raise CsvRefused(f"The column {column!r} is missing. The file has: {names}.", row=HEADER, column=column)
