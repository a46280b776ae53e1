"""Properties of the pure scheduler: whatever the graph and however fast each step is."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.fold import Outcome
from orchestration.graph import Advance, Edge, Graph, GroupCondition, Node
from orchestration.scheduler import Journal, NodeState, decide
from orchestration.states import RunStatus, StepStatus
from orchestration.view import RunView
from tests.engine.graphs import LABELS, graphs


def play(graph: Graph, seed: int, *, fails: frozenset[str] = frozenset(), incremental: bool = True):
    """Run a graph with steps that end in a random order; return its view, how often each started, and its status."""
    order, fate = random.Random(seed), {node.id: random.Random(node.id) for node in graph.nodes}
    view, started, running, changed = RunView(graph, {"input": 1}), [], [], None
    while True:
        decision = decide(graph, view.journal, changed=changed if incremental else None)
        for node_id in decision.skip:
            view.put(node_id, NodeState(StepStatus.SKIPPED), Outcome(node_id, 0, StepStatus.SKIPPED))
        waves = {node_id: view.next_wave(node_id) for node_id in decision.start}
        view.wave = max(waves.values(), default=view.wave)
        for node_id in decision.start:
            started.append(node_id)
            running.append(node_id)
            view.put(node_id, NodeState(StepStatus.RUNNING))
        if decision.status.is_final or not running:
            return view, started, decision.status
        node_id = running.pop(order.randrange(len(running)))
        status = StepStatus.FAILED if node_id in fails else StepStatus.COMPLETED
        route = fate[node_id].choice(LABELS)
        wave = waves_of(view, node_id)
        view.put(node_id, NodeState(status, route), Outcome(node_id, wave, status, output=node_id))
        changed = [node_id]


def waves_of(view: RunView, node_id: str) -> int:
    return view.wave if view.graph.advance is Advance.ROUNDS else view.graph.depth[node_id]


@given(graph=graphs(), seed=st.integers(0, 99))
def test_every_graph_ends_and_starts_no_step_twice(graph, seed):
    _, started, status = play(graph, seed)
    assert status is RunStatus.COMPLETED
    assert len(started) == len(set(started))


@given(graph=graphs(), seed=st.integers(0, 99))
def test_every_node_is_either_done_or_skipped_in_the_end(graph, seed):
    view, _, _ = play(graph, seed)
    assert set(view.journal.states) == {node.id for node in graph.nodes}
    assert all(state.status.is_settled for state in view.journal.states.values())


@given(graph=graphs(), one=st.integers(0, 99), other=st.integers(0, 99))
def test_the_state_does_not_depend_on_who_was_faster(graph, one, other):
    if any(group.condition is GroupCondition.ANY for groups in graph.groups.values() for group in groups):
        graph = graph.model_copy(update={"advance": Advance.ROUNDS})
    assert play(graph, one)[0].final_state() == play(graph, other)[0].final_state()


@given(graph=graphs(), seed=st.integers(0, 99))
def test_looking_only_at_what_changed_decides_the_same(graph, seed):
    incremental, whole = play(graph, seed), play(graph, seed, incremental=False)
    assert incremental[0].journal.states == whole[0].journal.states
    assert incremental[2] is whole[2]


@given(graph=graphs(), seed=st.integers(0, 99), data=st.data())
def test_a_failure_that_is_not_allowed_for_ends_the_run(graph, seed, data):
    failing = data.draw(st.sampled_from([node.id for node in graph.nodes]))
    _, started, status = play(graph, seed, fails=frozenset({failing}))
    ended = failing in started and not graph.by_id[failing].continue_on_fail
    assert status is (RunStatus.FAILED if ended else RunStatus.COMPLETED)


@given(graph=graphs(), seed=st.integers(0, 99))
def test_a_step_never_starts_before_an_edge_into_it_is_decided(graph, seed):
    _, started, _ = play(graph, seed)
    for node_id in started:
        sources = [edge.source for edge in graph.edges if edge.target == node_id]
        assert not sources or any(source in started[: started.index(node_id)] for source in sources)


@settings(max_examples=30)
@given(graph=graphs(), seed=st.integers(0, 99))
def test_a_cached_state_is_what_a_full_fold_gives(graph, seed):
    view, started, _ = play(graph.model_copy(update={"advance": Advance.EAGER}), seed)
    fresh = RunView(view.graph, view.input)
    for node_id, outcome in view.outcomes.items():
        fresh.put(node_id, view.journal.states[node_id], outcome)
    for node_id in started:
        wave = view.graph.depth[node_id]
        assert view.state_for(node_id, wave=wave) == fresh.state_for(node_id, wave=wave)


def test_an_any_group_starts_its_target_once():
    graph = Graph(
        nodes=[Node(id=name, kind="note") for name in "abc"],
        edges=[
            Edge(source="a", target="c", group="g", condition=GroupCondition.ANY),
            Edge(source="b", target="c", group="g", condition=GroupCondition.ANY),
        ],
    )
    journal = Journal({"a": NodeState(StepStatus.COMPLETED), "b": NodeState(StepStatus.RUNNING)})
    assert decide(graph, journal, changed=["a"]).start == ("c",)
    journal.put("c", NodeState(StepStatus.COMPLETED))
    journal.put("b", NodeState(StepStatus.COMPLETED))
    assert decide(graph, journal, changed=["b"]).status is RunStatus.COMPLETED


def test_an_all_group_with_a_dead_edge_is_skipped():
    graph = Graph(
        nodes=[Node(id=name, kind="note") for name in "abc"],
        edges=[
            Edge(source="a", target="c", group="g", label="yes"),
            Edge(source="b", target="c", group="g"),
        ],
    )
    journal = Journal({"a": NodeState(StepStatus.COMPLETED, "no"), "b": NodeState(StepStatus.COMPLETED)})
    assert decide(graph, journal).skip == ("c",)


def test_rounds_wait_for_all_of_the_round():
    graph = Graph(
        nodes=[Node(id=name, kind="note") for name in "abc"],
        edges=[Edge(source="a", target="c")],
        advance=Advance.ROUNDS,
    )
    journal = Journal({"a": NodeState(StepStatus.COMPLETED), "b": NodeState(StepStatus.RUNNING)})
    assert decide(graph, journal, changed=["a"]).start == ()
    journal.put("b", NodeState(StepStatus.COMPLETED))
    assert decide(graph, journal, changed=["b"]).start == ("c",)
