"""The ways between steps, from wherever they are written: edges, triggers on the target, routes of a router."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from console.errors import Problem
from orchestration.dialects.steps.shape import StepsShape
from orchestration.graph import Edge, GroupCondition

#: A step that several routers lead to, each by several keys, starts by any combination of them; so many are kept apart.
MOST_COMBINATIONS = 64

Path = tuple[str | int, ...]


class Wire(NamedTuple):
    """A way from a step to another, by the key of a route or always. `path` is where it is written."""

    source: str
    target: str
    key: str | None
    path: Path


def wires(shape: StepsShape) -> list[Wire]:
    """Return every way, each once. One without a key counts for nothing where the router has keys for its target."""
    found: dict[tuple[str, str, str | None], Wire] = {}
    for wire in (*_of_edges(shape), *_of_steps(shape)):
        found.setdefault((wire.source, wire.target, wire.key), wire)
    keyed = {(wire.source, wire.target) for wire in _of_routes(shape)}
    return [wire for wire in found.values() if wire.key is not None or (wire.source, wire.target) not in keyed]


def edges(shape: StepsShape) -> list[Edge]:
    """Return the edges of the graph. Several into a step mean all of them; a join waits until all are settled."""
    into: dict[str, list[Wire]] = {step.id: [] for step in shape.steps}
    for wire in wires(shape):
        into[wire.target].append(wire)
    joins = {step.id for step in shape.steps if step.kind == "join"}
    return [edge for target, found in into.items() for edge in _into(found, is_join=target in joins)]


def wiring_problems(shape: StepsShape) -> list[Problem]:
    """Return what about the ways between steps keeps the pipeline from running, circles left out."""
    kinds = {step.id: step.kind for step in shape.steps}
    all_wires = wires(shape)
    dangling = [problem for wire in all_wires for problem in _dangling(wire, kinds)]
    keyless = [
        Problem("Only a router chooses a way by a key. Take the key out.", *wire.path)
        for wire in all_wires
        if wire.key is not None and kinds.get(wire.source, "router") != "router"
    ]
    return [*dangling, *keyless, *_placement(shape, all_wires)]


def _of_edges(shape: StepsShape) -> Iterator[Wire]:
    for place, edge in enumerate(shape.edges):
        yield Wire(edge.source, edge.target, edge.route_key, ("edges", place))


def _of_steps(shape: StepsShape) -> Iterator[Wire]:
    for place, step in enumerate(shape.steps):
        for number, trigger in enumerate(step.triggers):
            for source in trigger.source_step_ids:
                yield Wire(source, step.id, trigger.route_key, ("steps", place, "triggers", number))
        for number, source in enumerate(step.wait_for_step_ids):
            yield Wire(source, step.id, None, ("steps", place, "waitForStepIds", number))
    yield from _of_routes(shape)


def _of_routes(shape: StepsShape) -> Iterator[Wire]:
    for place, step in enumerate(shape.steps):
        for key, target in (step.config.routes or {}).items():
            yield Wire(step.id, target, key, ("steps", place, "config", "routes", key))


def _into(found: Sequence[Wire], *, is_join: bool) -> Iterator[Edge]:
    if is_join:
        for wire in found:
            yield _edge(wire, "all", GroupCondition.SETTLED)
        return
    for number, chosen in enumerate(_combinations(found)):
        for wire in chosen:
            yield _edge(wire, f"all-{number}", GroupCondition.ALL)


def _edge(wire: Wire, group: str, condition: GroupCondition) -> Edge:
    return Edge(source=wire.source, target=wire.target, label=wire.key, group=group, condition=condition)


def _combinations(found: Sequence[Wire]) -> Iterator[tuple[Wire, ...]]:
    """Yield each choice of one way from every source: of a router's keys to the same step one can be chosen."""
    by_source: dict[str, list[Wire]] = {}
    for wire in found:
        by_source.setdefault(wire.source, []).append(wire)
    choices = ([wire for wire in group if wire.key is None] or group for group in by_source.values())
    return itertools.islice(itertools.product(*choices), MOST_COMBINATIONS + 1) if found else iter(())


def _dangling(wire: Wire, kinds: Mapping[str, str]) -> Iterator[Problem]:
    for side, step_id in (("starts at", wire.source), ("leads to", wire.target)):
        if step_id not in kinds:
            yield Problem(f"This {side} {step_id!r}, and there is no such step.", *wire.path)


def _placement(shape: StepsShape, all_wires: Sequence[Wire]) -> Iterator[Problem]:
    into: dict[str, list[Wire]] = {}
    for wire in all_wires:
        into.setdefault(wire.target, []).append(wire)
    for place, step in enumerate(shape.steps):
        leading = into.get(step.id, [])
        if step.kind == "trigger" and leading:
            yield Problem("Nothing can lead to the trigger: it is where a run begins.", *leading[0].path)
        if step.kind != "trigger" and not leading:
            yield Problem(
                "No step leads to this one, so it would never run. Connect it, or take it out.", "steps", place
            )
        if step.kind != "join" and len(list(_combinations(leading))) > MOST_COMBINATIONS:
            message = (
                f"The routers before this step lead to it in more than {MOST_COMBINATIONS} ways. Put joins between."
            )
            yield Problem(message, "steps", place)
    triggers = [step for step in shape.steps if step.kind == "trigger"]
    if len(triggers) != 1:
        found = "There is no trigger" if not triggers else f"There are {len(triggers)} triggers"
        yield Problem(f"{found}. A pipeline has exactly one.", "steps")
