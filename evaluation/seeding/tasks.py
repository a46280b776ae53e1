"""Tasks sent as JSON, held to the same rules as the rows of a file."""

from collections.abc import Iterator

from pydantic import JsonValue

from evaluation.seeding.axes import AXES, USER, axis_named
from evaluation.seeding.freeze import Frozen, Given, assemble
from evaluation.seeding.problems import RowProblem
from evaluation.seeding.reader import DEFAULT_LIMITS
from evaluation.seeding.wiring import Wiring, mistyped
from evaluation.strict_json import NotJson, ensure_storable


def freeze_task(number: int, task: JsonValue, wiring: Wiring) -> Frozen:
    """Return the seed of a task, or what is wrong with it; `number` 1 is the first task sent.

    A task is an object. An axis stands under its name, its key in the seed or the column it is wired to, as JSON or as
    text that says JSON; a field that shows a column stands under its key.
    """
    if not isinstance(task, dict):
        return Frozen(number, None, (RowProblem(number, None, 'A task is an object, such as {"user": "…"}.'),))
    problems = tuple(_problems(number, task, wiring))
    if problems:
        return Frozen(number, None, problems)
    given = []
    for name, column in wiring.columns.items():
        axis = AXES[name]
        key = next((key for key in (name, axis.seed_key, column) if key in task), name)
        given.append(Given(axis, key, task.get(key)))
    return assemble(number, given, {key: task[key] for key in wiring.fields})


def _problems(number: int, task: dict[str, JsonValue], wiring: Wiring) -> Iterator[RowProblem]:
    try:
        ensure_storable(task)
    except NotJson as error:
        yield RowProblem(number, None, str(error))
    for key, value in task.items():
        if isinstance(value, str) and len(value) > DEFAULT_LIMITS.cell_characters:
            yield RowProblem(number, key, "The text is larger than 1 MB.")
    for key, message in _unknown_keys(task, wiring):
        yield RowProblem(number, key, message)
    for key in wiring.fields:
        if key not in task:
            yield RowProblem(number, key, "The pipeline shows this column, and the task does not have it.")


def _unknown_keys(task: dict[str, JsonValue], wiring: Wiring) -> Iterator[tuple[str, str]]:
    """Yield keys that were most likely meant to count and would not. Others are left alone, like spare columns."""
    known = {*wiring.columns, *wiring.columns.values(), *wiring.fields}
    known |= {AXES[name].seed_key for name in wiring.columns}
    for key in task.keys() - known:
        if axis_named(key) is not None:
            yield key, "The agent field does not wire this axis. Wire it there, or leave it out."
        elif (close := mistyped(key, [USER, *(known - task.keys())])) is not None:
            yield key, f"There is no {key!r} here. Did you mean {close}?"
