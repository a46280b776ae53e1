"""What the examples of orchestrations come to."""

import pytest

from orchestration.models import Run, StepRun
from orchestration.services.orchestrations import orchestration_update
from orchestration.services.runs import run_rerun
from orchestration.states import RunStatus
from tests.engine.conftest import statuses
from tests.engine.nodes.conftest import edge, facts, transform

SCORE = {"id": "check", "type": "condition", "expression": {"if": [{">": [{"var": "score"}, 0.8]}, "high", "low"]}}


def test_the_input_is_spread_over_the_state_and_kept(run_of):
    run = run_of([transform("start", {"var": "query"})], given={"query": "Q1"})
    assert facts(run).state == {"query": "Q1", "input": {"query": "Q1"}}
    assert facts(run).artifacts == {"start": {"result": "Q1"}}
    assert run.title == run.pipeline.name


@pytest.mark.parametrize(("score", "taken", "left"), [(0.9, "high_path", "low_path"), (0.1, "low_path", "high_path")])
def test_a_condition_chooses_its_way(run_of, score, taken, left):
    nodes = [SCORE, transform("high_path", 1), transform("low_path", 2)]
    run = run_of(nodes, [edge("check", "high_path", "high"), edge("check", "low_path", "low")], given={"score": score})
    assert statuses(run) == {"check": "completed", taken: "completed", left: "skipped"}
    assert facts(run).current_node_id == taken


@pytest.mark.parametrize(
    ("rule", "condition"),
    [({"==": [1, 1]}, True), ({"==": [1, 1]}, "true"), ({"/": [2, 2]}, "1"), ({"/": [2, 2]}, 1), (None, "null")],
)
def test_labels_are_compared_as_text(run_of, rule, condition):
    nodes = [{"id": "check", "type": "condition", "expression": rule}, transform("next", 1)]
    assert statuses(run_of(nodes, [edge("check", "next", condition)]))["next"] == "completed"


def test_an_edge_without_a_label_is_always_taken(run_of):
    nodes = [SCORE, transform("always", 1)]
    assert statuses(run_of(nodes, [edge("check", "always")]))["always"] == "completed"


def test_a_join_of_all_waits_for_every_branch(run_of):
    nodes = [transform("a", 1), transform("b", 2), transform("later", 3), transform("merge", {"var": "artifacts"})]
    edges = [
        edge("b", "later"),
        edge("a", "merge", activation_group="join", activation_condition="all"),
        edge("later", "merge", activation_group="join"),
    ]
    run = run_of(nodes, edges)
    assert facts(run).artifacts["merge"]["result"] == {"a": {"result": 1}, "b": {"result": 2}, "later": {"result": 3}}


def test_all_is_what_a_group_without_a_word_waits_for(run_of):
    nodes = [SCORE, transform("high", 1), transform("low", 2), transform("merge", 3)]
    edges = [edge("check", "high", "high"), edge("check", "low", "low")]
    edges += [edge(source, "merge", activation_group="join") for source in ("high", "low")]
    run = run_of(nodes, edges, given={"score": 1})
    assert (run.status, statuses(run)["merge"]) == (RunStatus.COMPLETED, "skipped")


def test_a_join_of_any_runs_once_after_the_first(run_of):
    nodes = [
        transform("a", 1),
        transform("b", 2),
        transform("later", 3),
        transform("merge", {"var": "artifacts.later"}),
    ]
    edges = [edge("b", "later")]
    edges += [edge(s, "merge", activation_group="j", activation_condition="any") for s in ("a", "later")]
    run = run_of(nodes, edges)
    assert StepRun.objects.filter(run=run, node_id="merge").count() == 1
    assert facts(run).artifacts["merge"] == {"result": None}


def test_edges_without_a_group_start_their_target_once(run_of):
    nodes = [transform("a", 1), transform("b", 2), transform("merge", 3)]
    run = run_of(nodes, [edge("a", "merge"), edge("b", "merge")])
    assert StepRun.objects.filter(run=run, node_id="merge").count() == 1


def test_groups_of_two_names_are_judged_apart(run_of):
    nodes = [SCORE, transform("high", 1), transform("low", 2), transform("merge", 3)]
    edges = [edge("check", "high", "high"), edge("check", "low", "low")]
    edges += [edge("high", "merge", activation_group="one"), edge("low", "merge", activation_group="other")]
    assert statuses(run_of(nodes, edges, given={"score": 1}))["merge"] == "completed"


def test_outputs_of_one_round_are_written_in_the_order_of_the_nodes(run_of):
    nodes = [transform(f"n{n}", n, output_mapping={"result": "state.deep.last"}) for n in range(5)]
    assert facts(run_of(nodes)).state["deep"] == {"last": 4}


def test_paths_of_both_spellings_rules_and_literals_give_an_input(run_of):
    human = {
        "id": "ask",
        "type": "human",
        "inputMapping": {
            "a": "$.deep.x",
            "b": "state.deep.x",
            "c": {"+": [{"var": "deep.x"}, 1]},
            "d": {"preserve": "state.deep.x"},
            "e": 5,
            "f": [1, {"one": "$.deep.x", "two": None}],
            "g": "$.nowhere.at.all",
        },
    }
    run = run_of([human], given={"deep": {"x": 1}})
    assert facts(run).required_action["context"] == {
        "a": 1,
        "b": 1,
        "c": 2,
        "d": "state.deep.x",
        "e": 5,
        "f": [1, {"one": 1, "two": None}],
        "g": None,
    }


def test_the_users_own_keys_come_back_as_they_were(create, begin):
    nodes = [
        {"id": "A-b_C", "type": "transform", "expression": {"var": "camelKey"}, "outputMapping": {"result": "$.Ünï"}}
    ]
    pipeline = create(nodes)
    assert pipeline.draft["nodes"] == nodes
    run = begin(pipeline, camelKey=1, snake_key=2)
    assert facts(run).state == {"camelKey": 1, "snake_key": 2, "Ünï": 1, "input": {"camelKey": 1, "snake_key": 2}}


def test_a_graph_without_nodes_completes_at_once(run_of):
    assert run_of([]).status == RunStatus.COMPLETED


def test_a_circle_makes_a_run_that_has_failed_before_any_node(run_of):
    run = run_of([transform("a", 1), transform("b", 1)], [edge("a", "b"), edge("b", "a")])
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "ORCHESTRATION_CYCLE_DETECTED")
    assert not StepRun.objects.filter(run=run).exists()


def test_starting_such_a_run_again_fails_the_same_way(run_of, admin):
    run = run_of([{"id": "a", "type": "telepathy"}])
    again = run_rerun(actor=admin, run=run)
    again.refresh_from_db()
    assert (again.status, again.error) == (RunStatus.FAILED, run.error)


def test_a_graph_that_can_t_be_run_makes_a_run_that_says_why(run_of):
    run = run_of([{"id": "a", "type": "telepathy"}])
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "ORCHESTRATION_VALIDATION_FAILED")
    assert "nodes[0].type" in run.error["message"]


def test_a_change_is_a_version_and_runs_keep_theirs(create, begin, admin):
    pipeline = create([transform("a", 1)])
    before = begin(pipeline)
    definition = {**pipeline.draft, "nodes": [transform("a", 2)]}
    for _ in range(2):  # the same again is no other version
        pipeline = orchestration_update(actor=admin, pipeline=pipeline, name=pipeline.name, definition=definition)
    after = begin(pipeline)
    assert [Run.objects.get(pk=run.pk).version.number for run in (before, after)] == [1, 2]
    assert [facts(run).artifacts["a"]["result"] for run in (before, after)] == [1, 2]


def test_an_output_that_does_not_fit_the_schema_of_the_state_fails_its_step(run_of):
    schema = {"type": "object", "properties": {"score": {"type": "number", "maximum": 1}}}
    run = run_of([transform("a", 7, output_mapping={"result": "state.score"})], state_schema=schema)
    assert run.status == RunStatus.FAILED
    assert "state.score" in run.error["message"]
