"""The one form in which every pipeline is run, whatever dialect it was written in.

A `Graph` is frozen: a published version's graph never changes, and a run keeps the one it started with.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from orchestration.retry import RetryPolicy

NodeId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
JsonObject = dict[str, JsonValue]


class Advance(StrEnum):
    """When what has become ready is started."""

    EAGER = "eager"  #: as soon as what it waits for is done
    ROUNDS = "rounds"  #: together with all else that becomes ready, when the present round is complete


class GroupCondition(StrEnum):
    """What a group of edges into one node waits for."""

    ALL = "all"  #: every edge is taken; one that can't be taken any more kills the group
    ANY = "any"  #: the first edge that is taken
    SETTLED = "settled"  #: every edge is taken or dead, and at least one is taken


class Reducer(StrEnum):
    """How an output joins what already stands under its key in the state."""

    OVERRIDE = "override"
    APPEND = "append"
    MERGE_LISTS = "mergeLists"
    MERGE_MAPS = "mergeMaps"
    SUM = "sum"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Position(_Frozen):
    """Where a node stands on the canvas, in canvas pixels."""

    x: float
    y: float


class Node(_Frozen):
    """One step of the graph.

    `input_mapping` maps a key of the step's input to a path of the state; `output_mapping` maps a path of the step's
    output to a path of the state. Without the former a step sees the whole state; without the latter its output
    stands only among the artifacts.
    """

    id: NodeId
    kind: str
    name: str = ""
    config: JsonObject = Field(default_factory=dict)
    input_mapping: dict[str, str] = Field(default_factory=dict)
    output_mapping: dict[str, str] = Field(default_factory=dict)
    retry: RetryPolicy = RetryPolicy()
    timeout_seconds: int | None = Field(default=None, ge=1)
    continue_on_fail: bool = False
    reducer: Reducer = Reducer.OVERRIDE
    position: Position | None = None


class Edge(_Frozen):
    """A way from one node to another, taken when the source is done and, where labelled, chose the label."""

    source: NodeId
    target: NodeId
    label: str | None = None
    group: str | None = None
    condition: GroupCondition = GroupCondition.ALL


class EdgeGroup(_Frozen):
    """The edges into one node that are judged together."""

    condition: GroupCondition
    edges: tuple[Edge, ...]


class Graph(_Frozen):
    """Nodes and the edges between them, with the shapes of the state and of a run's input (JSON Schema 2020-12)."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    state_schema: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None
    advance: Advance = Advance.EAGER

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Return each node's place in the order of declaration, by which simultaneous outcomes are folded."""
        return {node.id: place for place, node in enumerate(self.nodes)}

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Return the nodes that no edge leads to, which start a run."""
        reached = {edge.target for edge in self.edges}
        return tuple(node.id for node in self.nodes if node.id not in reached)

    @cached_property
    def successors(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for edge in self.edges:
            found[edge.source][edge.target] = None
        return {source: tuple(targets) for source, targets in found.items()}

    @cached_property
    def groups(self) -> Mapping[str, tuple[EdgeGroup, ...]]:
        """Return, for each node, its incoming edges by group. Edges without a group form one that waits for any."""
        by_target: dict[str, dict[str | None, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for edge in self.edges:
            by_target[edge.target][edge.group].append(edge)
        return {
            target: tuple(
                EdgeGroup(condition=GroupCondition.ANY if name is None else edges[0].condition, edges=tuple(edges))
                for name, edges in groups.items()
            )
            for target, groups in by_target.items()
        }

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """Return the length of the longest way from a root to each node. The graph must hold no circle."""
        waiting = {node.id: len(self._predecessors.get(node.id, ())) for node in self.nodes}
        depth = dict.fromkeys(waiting, 0)
        ready = [node_id for node_id, count in waiting.items() if count == 0]
        while ready:
            source = ready.pop()
            for target in self.successors.get(source, ()):
                depth[target] = max(depth[target], depth[source] + 1)
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        return depth

    def sole_predecessor(self, node_id: str) -> str | None:
        """Return the only node that leads to `node_id`, if it is the only one."""
        sources = self._predecessors.get(node_id, ())
        return sources[0] if len(sources) == 1 else None

    def ancestors(self, node_id: str) -> frozenset[str]:
        """Return every node from which `node_id` can be reached, itself left out."""
        return _reach(node_id, self._predecessors)

    def descendants(self, node_id: str) -> frozenset[str]:
        """Return every node that can be reached from `node_id`, itself left out."""
        return _reach(node_id, self.successors)

    @cached_property
    def _predecessors(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for edge in self.edges:
            found[edge.target][edge.source] = None
        return {target: tuple(sources) for target, sources in found.items()}


def _reach(start: str, step: Mapping[str, Iterable[str]]) -> frozenset[str]:
    seen: set[str] = set()
    frontier = list(step.get(start, ()))
    while frontier:
        node_id = frontier.pop()
        if node_id not in seen:
            seen.add(node_id)
            frontier.extend(step.get(node_id, ()))
    return frozenset(seen - {start})
