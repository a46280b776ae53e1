import itertools

from hypothesis import given

from orchestration.graph import Edge, Graph, Node
from orchestration.validation import find_cycle, validate
from tests.engine.graphs import graphs

KINDS = {"note"}


def messages(graph: Graph) -> list[str]:
    return [finding.message for finding in validate(graph, kinds=KINDS)]


def nodes(*ids: str) -> list[Node]:
    return [Node(id=node_id, kind="note") for node_id in ids]


@given(graph=graphs())
def test_a_graph_without_a_circle_has_none(graph):
    assert find_cycle(graph) == ()


def test_a_circle_is_named():
    edges = [Edge(source="a", target="b"), Edge(source="b", target="c"), Edge(source="c", target="a")]
    assert "a → b → c → a" in messages(Graph(nodes=nodes("a", "b", "c"), edges=edges))[0]


def test_a_very_long_chain_is_no_problem():
    ids = [f"n{n}" for n in range(5_000)]
    edges = [Edge(source=a, target=b) for a, b in itertools.pairwise(ids)]
    assert messages(Graph(nodes=nodes(*ids), edges=edges)) == []


def test_every_problem_is_found_at_once():
    graph = Graph(
        nodes=[*nodes("a", "a"), Node(id="b", kind="carrier pigeon", input_mapping={"x": "nowhere"})],
        edges=[Edge(source="a", target="gone")],
    )
    found = messages(graph)
    assert len(found) == 4
    assert any("carrier pigeon" in message for message in found)
    assert any("gone" in message for message in found)


def test_an_empty_graph_is_a_problem():
    assert messages(Graph()) == ["There are no steps."]
