import pytest
from django.db import connection

from orchestration import journal, sweeper, transitions, workers
from orchestration.errors import LeaseLost, RunFinished
from orchestration.events import Event, EventKind
from orchestration.graph import Node
from orchestration.models import StepRun
from orchestration.services.runs import run_cancel, run_rerun
from orchestration.states import RunStatus
from orchestration.steps.base import Ok
from tests.engine.conftest import chain, events, finish, note, statuses
from tests.engine.steps import ledger
from tests.factories import AgentRunFactory


def _let_leases_run_out():
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestration_steprun SET lease_expires_at = now() - interval '1 s' WHERE status = 'running'"
        )


def test_a_step_whose_worker_died_is_given_to_another(start):
    run = start(chain(note("a"), note("b")))
    journal.claim("control", "a worker that dies")
    _let_leases_run_out()
    sweeper.sweep()
    run = finish(run)
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did a 2", "did b 1"]
    assert "step.lost" in events(run)


def test_a_worker_presumed_dead_cannot_overwrite_its_successor(start):
    run = start(chain(note("a")))
    late = journal.claim("control", "a worker that wakes up late")
    _let_leases_run_out()
    sweeper.sweep()
    finish(run)
    with pytest.raises(LeaseLost):
        transitions.finish(late, Ok("too late"))
    assert [s.status for s in StepRun.objects.filter(run=run).order_by("attempt")] == ["lost", "completed"]


def test_a_step_that_kills_its_workers_is_stopped(start):
    run = start(chain(note("a")))
    for _ in range(transitions.MOST_LOSSES):
        assert journal.claim("control", "a worker that dies") is not None
        _let_leases_run_out()
        sweeper.sweep()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert run.error["code"] == "step_kills_worker"


def test_the_agent_of_a_step_that_kills_its_workers_fails_though_the_run_goes_on(start, project):
    run = start(chain(note("a", continue_on_fail=True), note("b")))
    agent_run = AgentRunFactory(project=project, run_id=run.pk, node_id="a", status="running", final_response=None)
    for _ in range(transitions.MOST_LOSSES):
        journal.claim("control", "a worker that dies")
        _let_leases_run_out()
        sweeper.sweep()
    assert finish(run).status == RunStatus.COMPLETED
    agent_run.refresh_from_db()
    assert (agent_run.status, agent_run.error_code) == ("failed", "step_kills_worker")
    assert "fell silent 3 times" in agent_run.error["message"]


def test_a_lease_that_was_renewed_in_time_is_kept(start):
    start(chain(note("a")))
    claim = journal.claim("control", "a slow worker")
    _let_leases_run_out()
    assert journal.renew([claim.step_id]) == {claim.step_id}
    transitions.lose(claim)
    assert StepRun.objects.get().status == "running"


def test_a_cancelled_run_starts_nothing_new(start, admin):
    run = start(chain(note("a"), note("b")))
    run_cancel(actor=admin, run=run)
    run = finish(run)
    assert run.status == RunStatus.CANCELLED
    assert ledger(run.pk) == []
    assert statuses(run) == {"a": "cancelled"}


def test_an_outcome_that_arrives_after_the_cancel_is_dropped(start, admin):
    run = start(chain(note("a"), note("b")))
    claim = journal.claim("control", "a worker")
    run_cancel(actor=admin, run=run)
    with pytest.raises(LeaseLost):
        transitions.finish(claim, Ok())


def test_nothing_follows_the_last_event_of_a_run(start, admin):
    run = start(chain(note("a")))
    claim = journal.claim("control", "a worker")
    run_cancel(actor=admin, run=run)
    transitions.mark_started(claim)
    transitions.tell(run.pk, Event(EventKind.AGENT_LOG, {"text": "a late line"}))
    assert events(run)[-1] == "run.cancelled"
    run.refresh_from_db()
    assert run.seq == len(events(run))


def test_it_refuses_to_cancel_a_finished_run(start, admin):
    run = finish(start(chain(note("a"))))
    with pytest.raises(RunFinished):
        run_cancel(actor=admin, run=run)


def test_a_rerun_from_a_step_takes_over_what_came_before(start, admin):
    run = finish(start(chain(note("a", config={"output": 1}), note("b"), note("c"))))
    again = finish(run_rerun(actor=admin, run=run, from_node="b"))
    assert again.status == RunStatus.COMPLETED
    assert ledger(again.pk) == ["did b 1", "did c 1"]
    assert StepRun.objects.get(run=again, node_id="a").output == 1


def test_a_process_that_never_saw_the_run_continues_it(start):
    from orchestration import views  # noqa: PLC0415

    run = start(chain(note("a"), note("b"), note("c")))
    claim = journal.claim("control", workers.worker_name())
    views._views.clear()
    transitions.finish(claim, Ok())
    views._views.clear()
    assert finish(run).status == RunStatus.COMPLETED


def test_a_step_stops_when_its_time_is_over(start):
    run = start(chain(Node(id="slow", kind="sleep", timeout_seconds=1)))
    run = finish(run)
    assert run.error["code"] == "step_timeout"
    assert ledger(run.pk) == ["began slow 1", "stopped slow 1"]
