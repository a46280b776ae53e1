"""Whether a graph can be run at all, and what about it looks like a mistake."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from orchestration.expressions import BadExpression, parse_path
from orchestration.graph import Graph, Node


class Severity(StrEnum):
    ERROR = "error"  #: the graph can't be published
    WARNING = "warning"  #: it can, but it probably does not do what was meant


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `node_id` or `edge` (its place in the list) says where."""

    severity: Severity
    message: str
    node_id: str | None = None
    edge: int | None = None


def validate(graph: Graph, *, kinds: Collection[str]) -> list[Finding]:
    """Return all that is wrong with a graph, errors and warnings, in the order of the graph.

    `kinds` are the kinds of step that exist.
    """
    dangling = _dangling_edges(graph)
    found = [*_repeated_ids(graph), *_unknown_kinds(graph, kinds), *dangling, *_bad_paths(graph)]
    if not graph.nodes:
        found.append(Finding(Severity.ERROR, "There are no steps."))
    if not dangling:
        cycle = find_cycle(graph)
        if cycle:
            way = " → ".join([*cycle, cycle[0]])
            found.append(Finding(Severity.ERROR, f"The steps form a circle: {way}.", node_id=cycle[0]))
    return found


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Return the nodes of one circle, in order; empty where there is none. Depth first, without recursion."""
    unseen, on_path, done = 0, 1, 2
    colour = dict.fromkeys(graph.by_id, unseen)
    for root in graph.by_id:
        if colour[root] != unseen:
            continue
        path: list[str] = [root]
        ways = [iter(graph.successors.get(root, ()))]
        colour[root] = on_path
        while ways:
            following = next(ways[-1], None)
            if following is None:
                ways.pop()
                colour[path.pop()] = done
            elif colour.get(following) == on_path:
                return tuple(path[path.index(following) :])
            elif colour.get(following) == unseen:
                colour[following] = on_path
                path.append(following)
                ways.append(iter(graph.successors.get(following, ())))
    return ()


def _repeated_ids(graph: Graph) -> list[Finding]:
    return [
        Finding(Severity.ERROR, f"{count} steps have the id {node_id!r}. Give each its own.", node_id=node_id)
        for node_id, count in Counter(node.id for node in graph.nodes).items()
        if count > 1
    ]


def _unknown_kinds(graph: Graph, kinds: Collection[str]) -> list[Finding]:
    known = ", ".join(sorted(kinds))
    return [
        Finding(Severity.ERROR, f"There is no kind of step {node.kind!r}. Use one of: {known}.", node_id=node.id)
        for node in graph.nodes
        if node.kind not in kinds
    ]


def _dangling_edges(graph: Graph) -> list[Finding]:
    return [
        Finding(Severity.ERROR, f"An edge {side} {node_id!r}, and there is no such step.", edge=place)
        for place, edge in enumerate(graph.edges)
        for side, node_id in (("starts at", edge.source), ("leads to", edge.target))
        if node_id not in graph.by_id
    ]


def _bad_paths(graph: Graph) -> list[Finding]:
    return [finding for node in graph.nodes for finding in _bad_paths_of(node)]


def _bad_paths_of(node: Node) -> list[Finding]:
    found = []
    for path in (*node.input_mapping.values(), *node.output_mapping.values()):
        try:
            parse_path(path)
        except BadExpression as error:
            found.append(Finding(Severity.ERROR, str(error), node_id=node.id))
    return found
