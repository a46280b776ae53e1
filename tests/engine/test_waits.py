"""What wakes a suspended step: an answer, the time, an event, the end of its children. And going back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestration import sweeper, transitions
from orchestration.errors import AnswerRefused
from orchestration.graph import Edge, Graph, Node
from orchestration.models import ReceivedEvent, Run, StepRun
from orchestration.services.events import KEPT_DAYS, event_receive, events_forget
from orchestration.services.runs import run_cancel, run_rerun, step_answer
from orchestration.states import RunStatus
from orchestration.steps.base import StepError
from orchestration.views import read_view
from tests.engine.conftest import chain, events, finish, note, statuses
from tests.engine.steps import ledger
from tests.factories import PipelineVersionFactory


def make_due(run):
    StepRun.objects.filter(run=run, status="waiting").update(due_at="2020-01-01T00:00:00Z")
    sweeper.wake_waits()


@pytest.fixture
def child_version(project):
    def version(*nodes):
        return PipelineVersionFactory(pipeline__project=project, graph=chain(*nodes).model_dump(mode="json"))

    return version


def test_a_pure_step_that_waits_holds_no_worker(start):
    run = start(chain(Node(id="pause", kind="pause", config={"due_ms": 60_000}), note("b")))
    assert (run.status, statuses(run)) == (RunStatus.RUNNING, {"pause": "waiting"})


def test_a_step_goes_on_when_its_time_is_over(start):
    run = start(chain(Node(id="pause", kind="pause", config={"due_ms": 60_000}), note("b")))
    make_due(run)
    run = finish(run)
    assert (run.status, ledger(run.pk)) == (RunStatus.COMPLETED, ["did b 1"])


def test_an_answer_that_the_kind_refuses_leaves_the_step_waiting(start, admin):
    run = start(chain(Node(id="pause", kind="pause", config={"due_ms": 60_000})))
    with pytest.raises(AnswerRefused, match="takes no answer"):
        step_answer(actor=admin, run=run, node_id="pause", output={})
    assert statuses(run) == {"pause": "waiting"}


def test_a_step_that_polls_is_performed_again_with_its_memo(start):
    run = finish(start(chain(Node(id="poll", kind="poll_test", config={"times": 3}))))
    for _ in range(2):
        assert run.status == RunStatus.RUNNING
        make_due(run)
        run = finish(run)
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did poll 1"] * 3
    assert read_view(run).final_state()["artifacts"] == {"poll": 3}


def waits_for_event(key="42"):
    return chain(Node(id="await", kind="event_test", config={"name": "paid", "key": key}), note("b"))


def test_an_event_wakes_the_steps_that_wait_for_its_name_and_key(start, project, admin):
    run, other = start(waits_for_event()), start(waits_for_event("43"))
    receipt = event_receive(actor=admin, project=project, name="paid", key="42", payload={"sum": 3})
    assert receipt.delivered == 1
    assert finish(run).status == RunStatus.COMPLETED
    assert read_view(run).final_state()["artifacts"]["await"] == {"sum": 3}
    assert finish(other).status == RunStatus.PAUSED


def test_the_same_event_twice_is_one(start, project, admin):
    first = event_receive(actor=admin, project=project, name="paid", key="42", idempotency_key="a")
    again = event_receive(actor=admin, project=project, name="paid", key="42", idempotency_key="a")
    assert (first.event.pk, again.is_repeated) == (again.event.pk, True)


def test_an_event_that_came_before_the_step_waited_is_taken_once(
    start, project, admin, django_capture_on_commit_callbacks
):
    graph = chain(
        Node(id="ask", kind="wait"),
        Node(id="one", kind="event_test", config={"name": "paid", "key": "42"}),
        Node(id="two", kind="event_test", config={"name": "paid", "key": "42"}),
    )
    run = finish(start(graph))
    assert event_receive(actor=admin, project=project, name="paid", key="42").delivered == 0
    with django_capture_on_commit_callbacks(execute=True):
        step_answer(actor=admin, run=run, node_id="ask", output={})
    assert statuses(finish(run)) == {"ask": "completed", "one": "completed", "two": "waiting"}


def test_events_are_kept_for_a_month(project, admin):
    old, new = (event_receive(actor=admin, project=project, name="paid", key=key).event for key in ("old", "new"))
    ReceivedEvent.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=KEPT_DAYS, hours=1))
    assert events_forget() == 1
    assert ReceivedEvent.objects.get() == new


def test_the_sweeper_finds_an_event_that_nobody_looked_for(start, project, admin):
    run = finish(start(chain(Node(id="ask", kind="wait"), *waits_for_event().nodes)))
    event_receive(actor=admin, project=project, name="paid", key="42")
    step_answer(actor=admin, run=run, node_id="ask", output={})
    sweeper.wake_waits()
    assert finish(run).status == RunStatus.COMPLETED


def parent_of(version, *, items=1, parallelism=1):
    config = {"version": str(version.pk), "items": items, "parallelism": parallelism}
    return chain(Node(id="each", kind="children_test", config=config), note("after"))


def drain_all(run):
    for _ in range(20):
        finish(run)
        sweeper.wake_waits()
    run.refresh_from_db()
    return run


def test_a_step_waits_for_its_children_and_takes_up_what_they_left(start, child_version):
    run = drain_all(start(parent_of(child_version(note("work", config={"output": 7})))))
    assert run.status == RunStatus.COMPLETED
    child = Run.objects.get(parent_step__run=run)
    assert (child.depth, child.trigger, child.status) == (1, "child", "completed")
    assert read_view(run).final_state()["artifacts"]["each"] == [{"work": 7}]
    assert ledger(run.pk) == ["did after 1"]


def test_no_more_children_run_at_once_than_the_step_wants(start, child_version):
    run = finish(start(parent_of(child_version(Node(id="ask", kind="wait")), items=5, parallelism=2)))
    assert Run.objects.filter(parent_step__run=run).count() == 2
    assert run.status == RunStatus.RUNNING


def test_children_that_end_at_once_do_not_hold_their_parent_up(start, child_version):
    join = Node(id="join", kind="join")
    run = drain_all(start(parent_of(child_version(join), items=3, parallelism=1)))
    assert (run.status, Run.objects.filter(parent_step__run=run).count()) == (RunStatus.COMPLETED, 3)


def test_cancelling_a_run_cancels_its_children(start, admin, child_version, django_capture_on_commit_callbacks):
    run = finish(start(parent_of(child_version(Node(id="ask", kind="wait")), items=2, parallelism=2)))
    with django_capture_on_commit_callbacks(execute=True):
        run_cancel(actor=admin, run=run)
    assert set(Run.objects.filter(parent_step__run=run).values_list("status", flat=True)) == {"cancelled"}


def test_the_sweeper_cancels_children_whose_parent_has_ended(start, admin, child_version):
    run = finish(start(parent_of(child_version(Node(id="ask", kind="wait")))))
    run_cancel(actor=admin, run=run)
    sweeper.wake_waits()
    assert Run.objects.get(parent_step__run=run).status == "cancelled"


def test_runs_are_not_nested_without_end(start, child_version):
    run = start(parent_of(child_version(note("work"))))
    Run.objects.filter(pk=run.pk).update(depth=10)
    run = finish(run)
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "runs_too_deep")


def reviewed(rounds):
    return chain(
        note("draft"), note("polish"), Node(id="review", kind="review_test", config={"rounds": rounds}), note("ship")
    )


def test_a_run_that_is_sent_back_repeats_what_lies_between_as_a_new_generation(start):
    run = finish(start(reviewed(2)))
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did draft 1", "did polish 1"] * 3 + ["did ship 1"]
    rows = StepRun.objects.filter(run=run, node_id="draft").order_by("generation")
    assert [row.generation for row in rows] == [0, 1, 2]
    assert events(run).count("run.rewound") == 2


def test_what_was_said_is_seen_by_what_runs_again(start):
    run = finish(start(reviewed(1)))
    assert read_view(run).final_state()["feedback"] == {"draft": {"say": "again, 1"}}


def test_a_view_built_anew_stands_where_the_kept_one_stood(start):
    run = finish(start(reviewed(2)))
    view = read_view(run)
    assert view.generation == {"draft": 2, "polish": 2, "review": 2}
    assert set(view.journal.states) == {"draft", "polish", "review", "ship"}


def test_a_run_that_was_sent_back_can_be_run_again_from_a_step(start, admin):
    run = finish(start(reviewed(1)))
    again = finish(run_rerun(actor=admin, run=run, from_node="ship"))
    assert (again.status, ledger(again.pk)) == (RunStatus.COMPLETED, ["did ship 1"])


def test_a_step_may_stop_the_run(start, admin):
    graph = Graph(nodes=[Node(id="gate", kind="gate_test"), note("b")], edges=[Edge(source="gate", target="b")])
    run = finish(start(graph))
    step_answer(actor=admin, run=run, node_id="gate", output={"decision": "stop"})
    run.refresh_from_db()
    assert (run.status, run.cancelled_by, statuses(run)) == (RunStatus.CANCELLED, admin.label, {"gate": "completed"})


def test_a_run_that_cannot_start_says_why(start, admin, project):
    run = Run.objects.get(pk=start(chain(Node(id="ask", kind="wait"))).pk)
    other = Run.objects.create(
        organization_id=run.organization_id, project_id=run.project_id, pipeline_id=run.pipeline_id,
        version_id=run.version_id, status=RunStatus.RUNNING, trigger="api",
    )  # fmt: skip
    transitions.begin_failed(other, StepError("circle", "It goes round."))
    other.refresh_from_db()
    assert (other.status, other.error["code"], events(other)) == ("failed", "circle", ["run.started", "run.failed"])
