"""Which stages run, for any template and any decisions at its gates."""

from hypothesis import given
from hypothesis import strategies as st

from orchestration.dialects import stages
from orchestration.dialects.stages.shapes import GateDecision
from orchestration.graph import Graph
from orchestration.scheduler import Journal, NodeState, decide
from orchestration.states import RunStatus, StepStatus

#: For each stage the decision at the gate behind it; None is no gate.
DECISIONS = st.lists(st.sampled_from([None, *GateDecision]), min_size=1, max_size=8)


def graph_of(decisions) -> Graph:
    listed = [{"name": "Stage", "topic": "any", "approvalGate": decision is not None} for decision in decisions]
    return stages.parse(stages.normalize({"stages": listed}))


def taken(graph: Graph, decisions) -> tuple[list[str], Journal, RunStatus]:
    """Carry a run out by the scheduler alone; return the nodes that ran, in their order."""
    journal, ran = Journal(), []
    while True:
        decision = decide(graph, journal)
        for node_id in decision.skip:
            journal.put(node_id, NodeState(StepStatus.SKIPPED))
        if not decision.start:
            return ran, journal, decision.status
        for node_id in decision.start:
            ran.append(node_id)
            kind, _, place = node_id.partition("-")
            chosen = decisions[int(place)] if kind == stages.GATE_KIND else None
            if chosen is GateDecision.STOP:
                return ran, journal, RunStatus.CANCELLED
            journal.put(node_id, NodeState(StepStatus.COMPLETED, chosen))


def expected(decisions) -> list[str]:
    """Say in plain words what runs: a gate follows its stage, and skipping leaves out exactly the next one."""
    nodes, place = [], 0
    while place < len(decisions):
        decision = decisions[place]
        nodes.append(stages.stage_id(place))
        if decision is not None:
            nodes.append(stages.gate_id(place))
        if decision is GateDecision.STOP:
            break
        place += 2 if decision is GateDecision.SKIP else 1
    return nodes


@given(DECISIONS)
def test_a_gate_leads_on_past_the_next_stage_or_to_the_end(decisions):
    assert taken(graph_of(decisions), decisions)[0] == expected(decisions)


@given(DECISIONS)
def test_every_run_ends_with_each_node_done_or_left_out(decisions):
    graph = graph_of(decisions)
    _, journal, status = taken(graph, decisions)
    if status is RunStatus.CANCELLED:
        assert GateDecision.STOP in decisions
    else:
        assert status is RunStatus.COMPLETED
        assert journal.states.keys() == graph.by_id.keys()
