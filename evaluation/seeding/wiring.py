"""Which columns of an upload feed which axes and fields, as the agent field says."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.errors import Problem
from evaluation.seeding.axes import AXES, USER, axis_named
from evaluation.seeding.names import folded

#: How alike two names must be for one to be taken for the other mistyped, from 0 to 1.
_LIKENESS = 0.75


@dataclass(frozen=True, slots=True)
class Wiring:
    """`columns` maps an axis to its column; `fields` are the keys of fields that show the column of the same name."""

    columns: Mapping[str, str]
    fields: tuple[str, ...] = ()


def wire(settings: Mapping[str, str | bool | None], fields: Iterable[str] = ()) -> Wiring:
    """Return the wiring of a field's settings, which must have no `wiring_problems`.

    True wires an axis to the column of its own name; false, null and blank do not wire it. `user` is always wired.
    """
    columns = {USER: USER}
    for name, column in settings.items():
        axis = axis_named(name)
        if axis is not None and column:
            columns[axis.name] = axis.name if column is True else column.strip()
    return Wiring(columns, tuple(fields))


def wiring_problems(settings: Mapping[str, str | bool | None]) -> list[Problem]:
    """Return what is wrong with a field's settings, each under the axis's own key."""
    found = []
    axes: set[str] = set()
    columns = {folded(wire(settings).columns[USER]): USER}
    for name, column in settings.items():
        axis = axis_named(name)
        if axis is None:
            found.append(Problem(f"There is no axis {name!r}.{did_you_mean(name, AXES)}", name))
            continue
        if axis.name in axes:
            found.append(Problem(f"The axis {axis.name!r} stands here twice.", name))
        axes.add(axis.name)
        wired = wire({name: column}).columns.get(axis.name)
        if wired is not None and columns.setdefault(folded(wired), axis.name) != axis.name:
            other = columns[folded(wired)]
            found.append(Problem(f"The column {wired!r} feeds {other!r} already. Choose another.", name))
    return found


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint, with a space before it, where `name` looks like a known one mistyped; else nothing."""
    close = mistyped(name, known)
    return f" Did you mean {close}?" if close else ""


def mistyped(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` looks most like, if any."""
    by_key = {folded(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(folded(name), by_key, n=1, cutoff=_LIKENESS)
    return by_key[close[0]] if close else None
