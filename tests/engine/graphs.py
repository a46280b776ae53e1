"""Graphs and histories for property tests."""

from hypothesis import strategies as st

from orchestration.graph import Advance, Edge, Graph, GroupCondition, Node

LABELS = ("yes", "no")


@st.composite
def graphs(draw) -> Graph:
    """Any graph without a circle: edges lead from earlier to later nodes, some labelled, some in groups."""
    size = draw(st.integers(1, 8))
    nodes = [
        Node(
            id=f"n{place}",
            kind="note",
            continue_on_fail=draw(st.booleans()),
            output_mapping={"$": f"state.k{place % 3}"},
        )
        for place in range(size)
    ]
    edges = []
    for target in range(1, size):
        group_of_target = {name: draw(st.sampled_from(GroupCondition)) for name in ("a", "b")}
        for source in draw(st.sets(st.integers(0, target - 1), max_size=3)):
            group = draw(st.sampled_from([None, "a", "b"]))
            edges.append(
                Edge(
                    source=f"n{source}",
                    target=f"n{target}",
                    label=draw(st.sampled_from([None, None, *LABELS])),
                    group=group,
                    condition=group_of_target[group] if group else GroupCondition.ALL,
                )
            )
    return Graph(nodes=nodes, edges=edges, advance=draw(st.sampled_from(Advance)))
