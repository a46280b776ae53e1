"""Whatever the pipeline and however fast each step is: it ends, and what ran is what the wiring says."""

from hypothesis import given
from hypothesis import strategies as st

from orchestration.dialects.steps import normalize, parse
from orchestration.graph import Reducer
from orchestration.states import RunStatus, StepStatus
from tests.engine.graphs import LABELS
from tests.engine.test_scheduler import play

KINDS = ("bashScript", "promptAgent", "router", "join", "subPipeline", "dispatchReviewers")


@st.composite
def pipelines(draw) -> dict:
    """Any pipeline of these kinds without a circle, its ways written in any of the places they may be written."""
    steps: list[dict] = [{"id": "s0", "kind": "trigger"}]
    edges: list[dict] = []
    for place in range(1, draw(st.integers(2, 8))):
        kind = draw(st.sampled_from(KINDS))
        config: dict = {"reducer": draw(st.sampled_from(Reducer)).value, "continueOnFail": draw(st.booleans())}
        if kind != "join":
            config["outputKey"] = f"k{place % 3}"
        steps.append({"id": f"s{place}", "kind": kind, "config": config})
        for source in draw(st.sets(st.integers(0, place - 1), min_size=1, max_size=3)):
            keys = draw(st.sets(st.sampled_from(LABELS), max_size=2)) if steps[source]["kind"] == "router" else set()
            way = {"source": f"s{source}", "target": f"s{place}"}
            edges += [{**way, "routeKey": key} for key in sorted(keys)] or [way]
    return {"steps": steps, "edges": draw(st.permutations(edges))}


def expected(definition: dict, routes: dict[str, str | None]) -> dict[str, bool]:
    """Return which steps run, by the words of the guide and not by the graph."""
    runs = {"s0": True}
    for step in definition["steps"][1:]:
        ways: dict[str, set] = {}
        for edge in definition["edges"]:
            if edge["target"] == step["id"]:
                ways.setdefault(edge["source"], set()).add(edge.get("routeKey"))
        taken = [runs[source] and (None in keys or routes.get(source) in keys) for source, keys in ways.items()]
        runs[step["id"]] = any(taken) if step["kind"] == "join" else all(taken)
    return runs


@given(definition=pipelines(), seed=st.integers(0, 99))
def test_every_pipeline_ends_and_starts_no_step_twice(definition, seed):
    _, started, status = play(parse(normalize(definition)), seed)
    assert status is RunStatus.COMPLETED
    assert len(started) == len(set(started))


@given(definition=pipelines(), seed=st.integers(0, 99))
def test_what_ran_is_what_the_wiring_says(definition, seed):
    view, started, _ = play(parse(normalize(definition)), seed)
    routes = {node_id: state.route for node_id, state in view.journal.states.items()}
    runs = expected(definition, routes)
    assert set(started) == {step_id for step_id, does_run in runs.items() if does_run}
    skipped = {node_id for node_id, state in view.journal.states.items() if state.status is StepStatus.SKIPPED}
    assert skipped == {step_id for step_id, does_run in runs.items() if not does_run}


@given(definition=pipelines(), seed=st.integers(0, 99))
def test_nothing_starts_before_all_that_leads_to_it_is_settled(definition, seed):
    graph = parse(normalize(definition))
    _, started, _ = play(graph, seed)
    for place, step_id in enumerate(started):
        before = {edge.source for edge in graph.edges if edge.target == step_id} & set(started)
        assert before <= set(started[:place])


@given(definition=pipelines(), one=st.integers(0, 99), other=st.integers(0, 99))
def test_the_state_does_not_depend_on_who_was_faster(definition, one, other):
    graph = parse(normalize(definition))
    assert play(graph, one)[0].final_state() == play(graph, other)[0].final_state()


@given(definition=pipelines(), seed=st.integers(0, 99), data=st.data())
def test_a_failure_ends_the_run_unless_the_step_says_to_carry_on(definition, seed, data):
    graph = parse(normalize(definition))
    failing = data.draw(st.sampled_from([node.id for node in graph.nodes]))
    view, started, status = play(graph, seed, fails=frozenset({failing}))
    has_ended = failing in started and not graph.by_id[failing].continue_on_fail
    assert status is (RunStatus.FAILED if has_ended else RunStatus.COMPLETED)
    if not has_ended:
        assert all(state.status.is_settled for state in view.journal.states.values())
