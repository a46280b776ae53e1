"""What a step sees: the outcomes before it, folded into one state.

The fold runs in a fixed order (wave, then declaration), so the state never depends on which of two parallel branches
was faster, and a replay gives it byte for byte.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from orchestration.expressions import parse_path, read_keys
from orchestration.graph import Graph, JsonObject, Node, Reducer
from orchestration.states import StepStatus

#: Where the outputs of finished steps stand in what a step sees, by the step's id.
ARTIFACTS = "artifacts"
#: Where stands, by the step's id, what was said when the run was sent back to it.
FEEDBACK = "feedback"
#: Where the errors of steps stand that failed and did not end the run, by the step's id.
STEP_ERRORS = "_stepErrors"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a settled step left behind. `error` is set only where the run carries on after a failure."""

    node_id: str
    wave: int
    status: StepStatus
    output: JsonValue = None
    error: JsonValue = None


def initial_state(run_input: JsonObject) -> JsonObject:
    """Return the state a run begins with: its input, spread out and under `input` as well."""
    return {**run_input, "input": run_input, ARTIFACTS: {}}


def fold(graph: Graph, state: JsonObject, outcomes: Iterable[Outcome]) -> JsonObject:
    """Return `state` after `outcomes`, in whatever order they are given. What is passed in is left as it is."""
    state = dict(state)
    seen = state.get(ARTIFACTS)
    artifacts: JsonObject = dict(seen) if isinstance(seen, dict) else {}
    for outcome in sorted(outcomes, key=lambda item: (item.wave, graph.position_of[item.node_id])):
        if outcome.status is StepStatus.SKIPPED:
            continue
        artifacts[outcome.node_id] = outcome.output if outcome.error is None else {"error": outcome.error}
        if outcome.error is not None:
            _write(state, (STEP_ERRORS, outcome.node_id), outcome.error, Reducer.OVERRIDE)
        if outcome.status is StepStatus.COMPLETED:
            _apply(state, graph.by_id[outcome.node_id], outcome.output)
    state[ARTIFACTS] = artifacts
    return state


def step_input(node: Node, state: JsonObject) -> JsonObject:
    """Return the input of a step: what its mapping picks out of the state, or the whole state without one."""
    if not node.input_mapping:
        return state
    return {key: read_keys(parse_path(path), state) for key, path in node.input_mapping.items()}


def reduce_value(reducer: Reducer, old: JsonValue, new: JsonValue) -> JsonValue:  # noqa: PLR0911  # one line a reducer
    """Return the value of a key after `new` has joined `old`.

    A reducer that does not fit the values falls back to the plainest reading: the new value stands.
    """
    match reducer, old, new:
        case Reducer.APPEND, list(), _:
            return [*old, new]
        case Reducer.APPEND, None, _:
            return [new]
        case Reducer.APPEND, _, _:
            return [old, new]
        case Reducer.MERGE_LISTS, list(), list():
            return [*old, *new]
        case Reducer.MERGE_MAPS, dict(), dict():
            return {**old, **new}
        case Reducer.SUM, (int() | float()), (int() | float()):
            return old + new
        case _:
            return new


def _apply(state: JsonObject, node: Node, output: JsonValue) -> None:
    for source, target in node.output_mapping.items():
        value = output if source == "$" else read_keys(tuple(source.removeprefix("$.").split(".")), output)
        _write(state, parse_path(target), value, node.reducer)


def _write(state: JsonObject, keys: tuple[str, ...], value: JsonValue, reducer: Reducer) -> None:
    """Put a value at a path. Objects on the way are copied, never changed: other states may share them."""
    if not keys:
        if isinstance(value, dict):
            state.update(value)
        return
    place = state
    for key in keys[:-1]:
        inner = place.get(key)
        copied: JsonObject = dict(inner) if isinstance(inner, dict) else {}
        place[key] = copied
        place = copied
    place[keys[-1]] = reduce_value(reducer, place.get(keys[-1]), value)
