"""A graph as the data of a picture. Where each node stands is found in the browser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, cast

from pydantic import JsonValue

from console.display.numbers import plural
from console.display.step_kinds import kind_word
from orchestration.graph import Graph, JsonObject, Node


class EdgeState(StrEnum):
    """How an edge is drawn."""

    PLAIN = "plain"
    TAKEN = "taken"
    NEXT = "next"  #: it leads on from what waits or runs
    DEAD = "dead"  #: it was not taken, or can't be any more


class Loop(NamedTuple):
    """A way back, which is no edge of the graph."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class NodeLook:
    """How a node stands. `tone`, `word` and `icon` are those of a status; `url` leads to the node's own part.

    One with problems is invalid unless they are only warnings.
    """

    tone: str = ""
    word: str = ""
    icon: str = ""
    time: str = ""
    url: str = ""
    is_skipped: bool = False
    is_selected: bool = False
    problems: tuple[str, ...] = ()
    is_invalid: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What the browser draws, and in words for whoever does not see it."""

    data: JsonObject
    words: str
    rows: list[JsonObject] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the data as JSON."""
        return json.dumps(self.data, separators=(",", ":"))


def picture(
    graph: Graph,
    looks: Mapping[str, NodeLook] | None = None,
    edge_states: Mapping[int, EdgeState] | None = None,
    *,
    direction: str = "LR",
) -> Picture:
    """Return the picture of a graph; `edge_states` are by an edge's place. The direction is `LR` or `TB`."""
    looks, edge_states = looks or {}, edge_states or {}
    nodes = [_node(node, looks.get(node.id, NodeLook())) for node in graph.nodes]
    edges: list[JsonValue] = [
        {
            "source": edge.source, "target": edge.target, "label": edge.label or "",
            "state": edge_states.get(place, EdgeState.PLAIN).value,
        }
        for place, edge in enumerate(graph.edges)
        if edge.source in graph.by_id and edge.target in graph.by_id
    ]  # fmt: skip
    loops: list[JsonValue] = [dict(loop._asdict()) for loop in loops_of(graph)]
    data: JsonObject = {
        "direction": direction, "nodes": cast("list[JsonValue]", nodes), "edges": edges, "loops": loops,
    }  # fmt: skip
    return Picture(data, f"{plural(len(nodes), 'step')}, {plural(len(edges), 'way')} between them", nodes)


def loops_of(graph: Graph) -> list[Loop]:
    """Return the ways back of quality checks: a step that names an earlier one to be done again."""
    found = []
    for node in graph.nodes:
        target, most = node.config.get("target"), node.config.get("maxRetries")
        if node.kind == "qa" and isinstance(target, str) and target in graph.by_id:
            found.append(Loop(node.id, target, f"max {most}×" if most else "again"))
    return found


def _node(node: Node, look: NodeLook) -> JsonObject:
    kind = kind_word(node.kind)
    return {
        "id": node.id, "name": node.name or node.id, "kind": kind.word, "icon": kind.icon, "tone": look.tone,
        "status": look.word, "statusIcon": look.icon, "time": look.time, "url": look.url,
        "isSkipped": look.is_skipped, "isSelected": look.is_selected, "problems": list(look.problems),
        "isInvalid": look.is_invalid,
    }  # fmt: skip
