"""The pipelines of a storm: each a way for runs to go on that a killed process could spoil."""

import itertools

from orchestration.graph import Advance, Edge, Graph, GroupCondition, Node
from orchestration.retry import RetryPolicy


def _trace(node_id: str, milliseconds: int = 60, **fields: object) -> Node:
    config = {"milliseconds": milliseconds, "fails_first": bool(fields.pop("fails_first", False))}
    return Node(id=node_id, kind="trace", config=config, **fields)


def _chain() -> Graph:
    nodes = [_trace("one"), _trace("two", 10), _trace("three", 150)]
    return Graph(nodes=nodes, edges=[Edge(source="one", target="two"), Edge(source="two", target="three")])


def _branches() -> Graph:
    """Two branches of which one is not taken, three parallel ones, and a join behind all."""
    nodes = [
        Node(id="start", kind="trigger"),
        Node(id="choose", kind="condition", config={"expression": {"==": [1, 1]}}),
        _trace("taken"),
        _trace("not-taken"),
        _trace("left", 100),
        _trace("right", 20),
        Node(id="join", kind="join"),
        _trace("last"),
    ]
    ways = [("taken", None), ("not-taken", None), ("left", None), ("right", None)]
    edges = [
        Edge(source="start", target="choose"),
        Edge(source="choose", target="taken", label="true"),
        Edge(source="choose", target="not-taken", label="false"),
        Edge(source="start", target="left"),
        Edge(source="start", target="right"),
        *(Edge(source=source, target="join", group="all", condition=GroupCondition.SETTLED) for source, _ in ways),
        Edge(source="join", target="last"),
    ]
    return Graph(nodes=nodes, edges=edges)


def _rounds() -> Graph:
    nodes = [_trace("a", 80), _trace("b", 10), _trace("c", 40)]
    edges = [Edge(source="a", target="c", group="g"), Edge(source="b", target="c", group="g")]
    return Graph(nodes=nodes, edges=edges, advance=Advance.ROUNDS)


def _retried() -> Graph:
    policy = RetryPolicy(max_attempts=3, initial_delay_ms=200)
    return Graph(nodes=[_trace("flaky", fails_first=True, retry=policy)])


def _asked() -> Graph:
    nodes = [_trace("before", 20), Node(id="ask", kind="ask"), _trace("after", 20)]
    return Graph(nodes=nodes, edges=[Edge(source="before", target="ask"), Edge(source="ask", target="after")])


def _announced() -> Graph:
    nodes = [_trace("before", 20), Node(id="await", kind="announced"), _trace("after", 20)]
    return _in_a_row(*nodes)


def _napping() -> Graph:
    return _in_a_row(
        _trace("before", 20), Node(id="nap", kind="nap", config={"milliseconds": 700}), _trace("after", 20)
    )


def _sent_back() -> Graph:
    review = Node(id="review", kind="send_back", config={"to": "draft", "times": 2})
    return _in_a_row(_trace("draft", 30), _trace("polish", 30), review, _trace("ship", 20))


def _nested() -> Graph:
    each = Node(id="each", kind="each", config={"shape": "chain", "items": 4, "at_once": 2})
    return _in_a_row(_trace("before", 20), each, _trace("after", 20))


def _in_a_row(*nodes: Node) -> Graph:
    return Graph(nodes=nodes, edges=[Edge(source=a.id, target=b.id) for a, b in itertools.pairwise(nodes)])


def _poison() -> Graph:
    return Graph(nodes=[Node(id="poison", kind="poison")])


#: A shape's graph and how many of a hundred runs have it.
SHAPES: dict[str, tuple[Graph, int]] = {
    "chain": (_chain(), 20),
    "branches": (_branches(), 14),
    "rounds": (_rounds(), 14),
    "retried": (_retried(), 12),
    "asked": (_asked(), 12),
    "announced": (_announced(), 9),
    "napping": (_napping(), 6),
    "sent-back": (_sent_back(), 8),
    "nested": (_nested(), 4),
    "poison": (_poison(), 1),
}
