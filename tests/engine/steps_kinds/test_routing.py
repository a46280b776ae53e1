"""Routers, joins, events and ends, in the engine with its database."""

import pytest

from orchestration.models import StepRun
from orchestration.services.events import event_receive
from tests.engine.conftest import statuses
from tests.support.step_pipelines import TRIGGER, carried_out, in_order, published_steps, started, state_of, step

pytestmark = pytest.mark.django_db(transaction=True)

LOGIC = {"if": [{">": [{"var": "score"}, 0.5]}, "high", "low"]}


def routed(condition: object) -> dict:
    """Return a pipeline in which a router chooses between two branches that a join brings together."""
    return {
        "steps": [
            TRIGGER,
            step("r", "router", condition=condition, routes={"high": "a", "low": "b"}),
            step("a", "join"), step("b", "join"), step("b2", "join"), step("j", "join"),
            step("end", "join"),
        ],
        "edges": [
            {"source": s, "target": t}
            for s, t in (("start", "r"), ("b", "b2"), ("a", "j"), ("b2", "j"), ("j", "end"))
        ],
    }  # fmt: skip


@pytest.mark.parametrize("condition", ["score > 0.5 ? 'high' : 'low'", LOGIC])
@pytest.mark.parametrize(("score", "taken", "skipped"), [(0.9, {"a"}, {"b", "b2"}), (0.1, {"b", "b2"}, {"a"})])
def test_a_router_skips_what_it_did_not_choose_and_the_join_behind_fires(run_steps, condition, score, taken, skipped):
    run = run_steps(definition=routed(condition), score=score)
    found = statuses(run)
    assert run.status == "completed"
    assert {node_id for node_id, status in found.items() if status == "skipped"} == skipped
    assert {node_id for node_id, status in found.items() if status == "completed"} == taken | {"start", "r", "j", "end"}
    assert StepRun.objects.get(run=run, node_id="r").route == ("high" if "a" in taken else "low")


def test_a_key_that_no_edge_has_ends_every_branch_and_the_run_well(run_steps):
    run = run_steps(definition=routed("'neither'"))
    assert run.status == "completed"
    assert {statuses(run)[node_id] for node_id in ("a", "b", "j", "end")} == {"skipped"}


def test_a_condition_that_can_t_be_evaluated_fails_the_run_and_says_why(run_steps):
    run = run_steps(definition=routed("nothing > 1 ? 'high' : 'low'"))
    assert (run.status, run.error["node_id"]) == ("failed", "r")
    assert "'nothing'" in run.error["message"]


@pytest.mark.parametrize(
    ("reducer", "result"),
    [("override", [3]), ("append", [[1], [2], [3]]), ("mergeLists", [1, 2, 3])],
)
def test_branches_that_write_one_key_are_joined_in_the_order_of_the_pipeline(run_steps, reducer, result):
    schema = {"type": "array"}
    branches = [
        step(f"b{n}", script=f"sleep 0.{3 - n}; echo [{n}]", outputKey="found", outputSchema=schema, reducer=reducer)
        for n in (1, 2, 3)
    ]
    ids = [branch["id"] for branch in branches]
    definition = {
        "steps": [TRIGGER, *branches, step("j", "join")],
        "edges": [
            *({"source": "start", "target": node_id} for node_id in ids),
            *({"source": node_id, "target": "j"} for node_id in ids),
        ],
    }
    found = state_of(run_steps(definition=definition))["found"]
    assert found == ([[1], [2], [3]] if reducer == "append" else result)


def test_an_end_ends_the_run_and_nothing_starts_behind_it(run_steps):
    run = run_steps(step("e", "terminal", inputKey="score"), step("never", script="exit 1"), score=3)
    assert (run.status, statuses(run)) == ("completed", {"start": "completed", "e": "completed"})
    assert state_of(run)["artifacts"]["e"] == {"score": 3}


WAITS = in_order(
    step("w", "waitForEvent", event="deployed", correlationKey="pr-{{number}}", outputKey="deployed"),
    step("after", "join"),
)


def test_an_event_of_the_right_name_and_key_wakes_the_step_once(admin, project):
    pipeline = published_steps(admin, project, WAITS)
    run, other = (carried_out(started(admin, pipeline, number=number)) for number in (1, 2))
    assert (run.status, other.status) == ("paused", "paused")
    event_receive(actor=admin, project=project, name="deployed", key="pr-3", payload={"ok": False})
    first = event_receive(actor=admin, project=project, name="deployed", key="pr-1", payload={"ok": True})
    again = event_receive(actor=admin, project=project, name="deployed", key="pr-1", payload={"ok": False})
    assert (first.delivered, again.delivered) == (1, 0)
    assert (carried_out(run).status, carried_out(other).status) == ("completed", "paused")
    assert state_of(run)["deployed"] == {"ok": True}


def test_an_event_that_came_before_its_step_waited_is_taken(admin, project):
    definition = in_order(step("before", script="echo"), step("w", "waitForEvent", event="deployed", outputKey="told"))
    run = started(admin, published_steps(admin, project, definition))
    event_receive(actor=admin, project=project, name="deployed", payload="early")
    assert (carried_out(run).status, state_of(run)["told"]) == ("completed", "early")


def test_an_event_that_does_not_come_in_time_fails_the_step(admin, project):
    definition = in_order(step("w", "waitForEvent", event="deployed", timeout=1))
    run = carried_out(started(admin, published_steps(admin, project, definition)))
    StepRun.objects.filter(run=run, node_id="w").update(due_at=run.created_at)
    assert carried_out(run).error["code"] == "step_timeout"
