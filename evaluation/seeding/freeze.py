"""Turns a row into the seed that its run keeps for good."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from evaluation.seeding.axes import USER, Axis
from evaluation.seeding.plan import Plan
from evaluation.seeding.problems import RowProblem
from evaluation.seeding.reader import Row

Seed = dict[str, JsonValue]


class Frozen(NamedTuple):
    """What became of a row: its seed, or the problems that keep it from having one."""

    row: int
    seed: Seed | None
    problems: tuple[RowProblem, ...] = ()


class Given(NamedTuple):
    """What a row says on one axis, and the name that the user knows the place by."""

    axis: Axis
    name: str
    value: JsonValue


def freeze(row: Row, plan: Plan) -> Frozen:
    """Return the seed of a row of a file, or what is wrong with the row."""
    if row.problems:
        return Frozen(row.number, None, row.problems)
    given = [Given(axis, plan.header[place], row.cells[place]) for axis, place in plan.axes]
    return assemble(row.number, given, {key: row.cells[place] for key, place in plan.fields})


def assemble(number: int, given: Iterable[Given], columns: Mapping[str, JsonValue]) -> Frozen:
    """Return a seed of what was given, blank axes left out; `columns` are the values of the fields that show one."""
    seed: Seed = {}
    problems = []
    for axis, name, value in given:
        if value is None or (isinstance(value, str) and not value.strip()):
            if axis.name == USER:
                problems.append(RowProblem(number, name, "It is blank. Write what the agent is asked to do."))
            continue
        try:
            seed[axis.seed_key] = axis.read(value) if isinstance(value, str) else axis.check(value)
        except ValueError as error:
            problems.append(RowProblem(number, name, str(error)))
    if problems:
        return Frozen(number, None, tuple(problems))
    if columns:
        seed["columns"] = dict(columns)
    return Frozen(number, seed)
