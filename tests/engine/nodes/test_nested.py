from console.ids import to_public
from orchestration.models import Run, StepRun
from orchestration.services.orchestrations import orchestration_update
from orchestration.services.runs import run_cancel
from orchestration.states import RunStatus
from tests.engine.conftest import statuses
from tests.engine.nodes.conftest import edge, facts, settled, transform

DOUBLE = transform("double", {"*": [{"var": "item"}, 2]})


def orch(pipeline) -> str:
    return to_public("orch", pipeline.pk)


def test_a_sub_orchestration_gives_what_its_last_nodes_left(create, run_of):
    child = create(
        [transform("first", {"var": "n"}), transform("last", {"+": [{"var": "artifacts.first.result"}, 1]})],
        [edge("first", "last")],
    )
    node = {
        "id": "sub",
        "type": "sub_orchestration",
        "orchestrationId": orch(child),
        "input_mapping": {"n": "$.number"},
    }
    run = settled(run_of([node], given={"number": 4}))
    assert (run.status, facts(run).artifacts) == (RunStatus.COMPLETED, {"sub": {"last": {"result": 5}}})
    assert Run.objects.get(parent_step__run=run).depth == 1


def test_a_parent_fails_with_its_child(create, run_of):
    child = create([transform("bad", {"-": ["x", 1]})])
    run = settled(run_of([{"id": "sub", "type": "sub_orchestration", "orchestration_id": orch(child)}]))
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "child_failed")


def test_a_parent_waits_for_a_child_that_asks_somebody_and_ends_it_when_it_is_cancelled(create, run_of, admin):
    child = create([{"id": "ask", "type": "human"}])
    run = run_of([{"id": "sub", "type": "sub_orchestration", "orchestration_id": orch(child)}])
    assert (run.status, statuses(run)) == (RunStatus.RUNNING, {"sub": "waiting"})
    below = Run.objects.get(parent_step__run=run)
    run_cancel(actor=admin, run=run)
    settled(below)
    assert below.status == RunStatus.CANCELLED


def test_an_orchestration_that_starts_itself_is_refused(create, begin, admin):
    pipeline = create([])
    other = create([{"id": "back", "type": "sub_orchestration", "orchestration_id": orch(pipeline)}])
    nodes = [{"id": "sub", "type": "sub_orchestration", "orchestration_id": orch(other)}]
    orchestration_update(actor=admin, pipeline=pipeline, name="round", definition={**pipeline.draft, "nodes": nodes})
    pipeline.refresh_from_db()
    run = settled(begin(pipeline))
    assert run.status == RunStatus.FAILED
    assert "start itself without end" in run.error["message"]
    assert Run.objects.count() == 2


def test_what_is_not_there_or_can_t_be_run_fails_its_node(create, run_of):
    broken = create([{"id": "a", "type": "telepathy"}])
    for name, code in (
        ("orch_01K9X4Z7QD8M3V5T2B6N8C1F0A", "ORCHESTRATION_NOT_FOUND"),
        (orch(broken), "ORCHESTRATION_VALIDATION_FAILED"),
    ):
        run = run_of([{"id": "sub", "type": "sub_orchestration", "orchestration_id": name}])
        assert (run.status, run.error["code"]) == (RunStatus.FAILED, code)


def test_a_loop_gives_its_results_in_the_order_of_the_list(create, run_of):
    node = {
        "id": "each",
        "type": "loop",
        "orchestration_id": orch(create([DOUBLE])),
        "output_mapping": {"results": "state.all"},
    }
    run = settled(run_of([node], given={"items": [3, 1, 2]}))
    assert [result["double"]["result"] for result in facts(run).state["all"]] == [6, 2, 4]


def test_a_loop_has_so_many_children_at_once_and_no_more(create, run_of):
    child = create([{"id": "ask", "type": "human"}])
    node = {
        "id": "each",
        "type": "loop",
        "orchestration_id": orch(child),
        "collection": "$.deep.list",
        "parallelism": 2,
    }
    run = run_of([node], given={"deep": {"list": [1, 2, 3, 4, 5]}})
    children = Run.objects.filter(parent_step__run=run)
    assert [run.input["item"] for run in children.order_by("id")] == [1, 2]


def test_a_loop_over_nothing_is_over(create, run_of):
    node = {"id": "each", "type": "loop", "orchestration_id": orch(create([DOUBLE]))}
    for given in ({}, {"items": []}):
        assert facts(run_of([node], given=given)).artifacts == {"each": {"results": []}}


def test_a_loop_over_what_is_no_list_says_so(create, run_of):
    run = run_of([{"id": "each", "type": "loop", "orchestration_id": orch(create([DOUBLE]))}], given={"items": "abc"})
    assert "state.items is no list" in run.error["message"]


def test_a_failed_item_fails_the_loop_unless_it_is_to_go_on(create, run_of):
    child = create([transform("bad", {"if": [{"==": [{"var": "item"}, 2]}, {"-": ["x", 1]}, {"var": "item"}]})])
    node = {"id": "each", "type": "loop", "orchestration_id": orch(child)}
    run = settled(run_of([node], given={"items": [1, 2, 3]}))
    assert "1 of 3 items failed, the first of them item 2" in run.error["message"]
    run = settled(run_of([{**node, "continue_on_error": True}], given={"items": [1, 2, 3]}))
    assert facts(run).artifacts["each"]["results"] == [{"bad": {"result": 1}}, None, {"bad": {"result": 3}}]


def test_a_child_is_not_started_with_an_input_that_it_does_not_take(create, run_of):
    child = create([DOUBLE], input_schema={"properties": {"item": {"type": "integer"}}})
    run = run_of([{"id": "each", "type": "loop", "orchestration_id": orch(child)}], given={"items": [1, "x"]})
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "input_invalid")
    assert not StepRun.objects.filter(run__parent_step__run=run).exists()
