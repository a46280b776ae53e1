"""What can be run and probably does not do what was meant."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from orchestration.dialects.nodes.findings import NodeFinding, error, warning
from orchestration.dialects.nodes.parse import edge_label
from orchestration.dialects.nodes.reads import Read, reads_of
from orchestration.dialects.nodes.shape import EdgeShape, NodeShape
from orchestration.dialects.nodes.written import Written
from orchestration.expressions import BadExpression, parse_path
from orchestration.fold import ARTIFACTS
from orchestration.graph import GroupCondition


def mistakes(written: Written) -> Iterator[NodeFinding]:
    """Yield what looks like a mistake. The definition must hold no circle and no edge that hangs loose."""
    yield from _edges_never_taken(written)
    yield from _labels_without_edge(written)
    yield from _unreachable(written)
    yield from _bad_reads(written)


def _can_be_taken(written: Written, edge: EdgeShape) -> bool:
    chosen = edge_label(edge)
    labels = written.labels[edge.source]
    return chosen is None or labels is None or chosen in labels


def _edges_never_taken(written: Written) -> Iterator[NodeFinding]:
    for at, edge in enumerate(written.shape.edges):
        if _can_be_taken(written, edge):
            continue
        source = written.by_id[edge.source]
        labels = written.labels[source.id]
        gives = f"gives {', '.join(sorted(labels))}" if labels else "gives no label"
        message = f"{source.id!r} never gives {edge_label(edge)!r}: it {gives}, so this edge is never taken."
        yield warning(message, *written.at("edges", at, "condition"))


def _labels_without_edge(written: Written) -> Iterator[NodeFinding]:
    taken: dict[str, set[str | None]] = defaultdict(set)
    for edge in written.shape.edges:
        taken[edge.source].add(edge_label(edge))
    for at, node in enumerate(written.shape.nodes):
        labels = written.labels[node.id] or frozenset()
        if node.type != "condition" or None in taken[node.id] or not taken[node.id]:
            continue
        for label in sorted(labels - taken[node.id]):
            message = f"No edge takes {label!r}: where the result is that, this branch ends."
            yield warning(message, "nodes", at, "expression")


def _unreachable(written: Written) -> Iterator[NodeFinding]:
    """Yield the nodes that no way leads to: every group of edges into them needs one that is never taken."""
    graph = written.graph
    groups = _groups(written)
    reached: set[str] = set()
    # Without a circle the depth is an order in which every node comes after all that lead to it.
    for node_id in sorted(graph.by_id, key=lambda item: graph.depth[item]):
        ways = groups.get(node_id)
        if ways is None or any(_is_satisfied(group, reached) for group in ways.values()):
            reached.add(node_id)
    for at, node in enumerate(written.shape.nodes):
        if node.id not in reached:
            yield warning(f"Nothing ever leads to {node.id!r}, so it is always skipped.", "nodes", at)


class _Group(NamedTuple):
    """Edges that are judged together: what they wait for, and the source of each, None where it is never taken."""

    condition: GroupCondition
    sources: list[str | None]


def _groups(written: Written) -> dict[str, dict[str | None, _Group]]:
    found: dict[str, dict[str | None, _Group]] = defaultdict(dict)
    for shape, edge in zip(written.shape.edges, written.graph.edges, strict=True):
        condition = edge.condition if edge.group is not None else GroupCondition.ANY
        group = found[edge.target].setdefault(edge.group, _Group(condition, []))
        group.sources.append(edge.source if _can_be_taken(written, shape) else None)
    return found


def _is_satisfied(group: _Group, reached: set[str]) -> bool:
    ways = [source in reached for source in group.sources]
    return all(ways) if group.condition is GroupCondition.ALL else any(ways)


def _bad_reads(written: Written) -> Iterator[NodeFinding]:
    writers = _writers(written)
    for at, node in enumerate(written.shape.nodes):
        for read in reads_of(node):
            place = (*written.at("nodes", at, *read.place[:1]), *read.place[1:])
            if read.keys[0] == ARTIFACTS:
                yield from _bad_artifact_read(written, node, read, place)
            elif read.keys[0] != "input":
                yield from _bad_state_read(written, node, read, writers, place)


def _bad_artifact_read(
    written: Written, node: NodeShape, read: Read, place: tuple[str | int, ...]
) -> Iterator[NodeFinding]:
    source = read.keys[1] if len(read.keys) > 1 else None
    if source is None:
        return
    if source not in written.by_id:
        yield error(f"This reads the output of {source!r}, and there is no such node.", *place)
    elif source not in written.ancestors(node.id):
        yield warning(f"This reads the output of {source!r}, which does not come before {node.id!r}.", *place)


def _bad_state_read(
    written: Written, node: NodeShape, read: Read, writers: dict[str, list[str]], place: tuple[str | int, ...]
) -> Iterator[NodeFinding]:
    key = read.keys[0]
    if key in written.input_properties:
        return
    wrote = writers.get(key, [])
    if not wrote and written.input_properties:
        yield warning(f"Nothing writes state.{key}, and the input has no {key!r}.", *place)
    elif wrote and not written.ancestors(node.id) & set(wrote):
        names = ", ".join(wrote)
        yield warning(f"state.{key} is written by {names}, which does not come before {node.id!r}.", *place)


def _writers(written: Written) -> dict[str, list[str]]:
    """Return the nodes that write each key of the state."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in written.shape.nodes:
        for target in (node.output_mapping or {}).values():
            try:
                keys = parse_path(target)
            except BadExpression:
                continue
            for key in keys[:1]:
                found[key].append(node.id)
    return found
