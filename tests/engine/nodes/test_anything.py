"""Whatever is written, checking ends and says something that can be read; what passes can be run."""

from hypothesis import given
from hypothesis import strategies as st

from orchestration.dialects.nodes import normalize, parse
from orchestration.dialects.nodes.check import check
from orchestration.dialects.nodes.parse import NODE_TYPES
from orchestration.dialects.nodes.runnable import unrunnable
from orchestration.errors import PipelineInvalid
from orchestration.graph import Advance
from orchestration.scheduler import Journal, NodeState, decide
from orchestration.states import RunStatus, StepStatus
from orchestration.validation import Severity, find_cycle

IDS = st.sampled_from(["a", "b", "c", "d"])
LABELS = st.sampled_from([None, "yes", "no", True, 1, "approved"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "$.a", "state.b", "state", "x", "5s", "$..a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["var", "if", "map", "==", "x", "preserve", "type"]), inner, max_size=2)
    ),
    max_leaves=6,
)
SETTINGS = st.dictionaries(
    st.sampled_from([
        "expression", "agent_id", "toolId", "duration", "input_mapping", "outputMapping", "retry", "timeout", "options",
        "collection", "parallelism", "event_type", "exit_condition", "interval", "orchestration_id", "name",
    ]),
    JSON,
    max_size=4,
)  # fmt: skip
NODES = st.builds(
    lambda node_id, kind, more: {**more, "id": node_id, "type": kind}, IDS, st.sampled_from(NODE_TYPES), SETTINGS
)
EDGES = st.builds(
    lambda source, target, label, group: {
        "from": source,
        "to": target,
        "condition": label,
        **({"activation_group": group} if group else {}),
    },
    IDS,
    IDS,
    LABELS,
    st.sampled_from([None, "g", "h"]),
)


def read(definition):
    """Return the definition in full form and nothing, or None and what is wrong with its shape."""
    try:
        return normalize(definition), ()
    except PipelineInvalid as refused:
        return None, refused.problems


@given(st.fixed_dictionaries({"nodes": JSON | st.lists(JSON | NODES, max_size=3), "edges": JSON}))
def test_any_json_is_read_or_refused_with_places(definition):
    full, problems = read(definition)
    assert all(problem.path for problem in problems)
    assert problems or {"nodes": full["nodes"], "edges": full["edges"]} == definition


@given(st.lists(NODES, max_size=4), st.lists(EDGES, max_size=6))
def test_any_graph_is_checked_with_places_that_lead_somewhere(nodes, edges):
    full, _problems = read({"nodes": nodes, "edges": edges})
    found = [] if full is None else check(full)
    assert all(item.message and item.path[0] in {"nodes", "edges"} for item in found)
    assert full is None or (unrunnable(full) is None) == all(item.severity is Severity.WARNING for item in found)


@given(
    st.lists(st.builds(lambda node_id: {"id": node_id, "type": "human"}, IDS), unique_by=lambda node: node["id"]),
    st.lists(EDGES, max_size=6),
    st.data(),
)
def test_a_graph_that_passes_runs_to_its_end_whatever_its_nodes_choose(nodes, edges, data):
    full = normalize({"nodes": nodes, "edges": edges})
    if unrunnable(full) is not None:
        return
    graph, journal = parse(full), Journal()
    assert (graph.advance, find_cycle(graph)) == (Advance.ROUNDS, ())
    for _ in range(2 * len(nodes) + 1):
        decision = decide(graph, journal)
        for node_id in decision.skip:
            journal.put(node_id, NodeState(StepStatus.SKIPPED))
        for node_id in decision.start:
            assert node_id not in journal.states
            journal.put(node_id, NodeState(StepStatus.COMPLETED, data.draw(st.sampled_from(["yes", "no", "true"]))))
        if not decision.start:
            break
    assert decision.status is RunStatus.COMPLETED
    assert set(journal.states) == {node["id"] for node in nodes}
