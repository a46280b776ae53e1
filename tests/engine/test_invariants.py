"""The rules that storms are judged by find what breaks them, and nothing in what is sound."""

import uuid
from collections.abc import Iterable

import pytest
from django.db import connection

from orchestration import journal, workers
from orchestration.models import Run, StepRun
from tests.chaos import invariants
from tests.engine.conftest import chain, finish, note


def broken(*, ledger: Iterable[tuple] = (), acknowledged: Iterable[tuple] = ()) -> set[str]:
    """Return the names of the rules that are broken."""
    columns = "run_id uuid, node_id text, generation int, attempt int, token text"
    execute(f"CREATE TEMPORARY TABLE chaos_ledger ({columns}) ON COMMIT DROP")
    execute("CREATE TEMPORARY TABLE chaos_acknowledged (what text, run_id uuid, value text) ON COMMIT DROP")
    for row in ledger:
        execute("INSERT INTO chaos_ledger VALUES (%s, %s, %s, %s, %s)", *row)
    for row in acknowledged:
        execute("INSERT INTO chaos_acknowledged VALUES (%s, %s, %s)", *row)
    return set(invariants.broken(connection.connection))


def execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def run(start) -> Run:
    """A run that ended as it should."""
    return finish(start(chain(note("a"), note("b"))))


def test_a_run_that_ended_as_it_should_breaks_no_rule(run):
    assert broken(ledger=[(run.pk, "a", 0, 1, ""), (run.pk, "a", 0, 1, "did")]) == set()


def test_a_second_outcome_is_found(run):
    step = StepRun.objects.get(run=run, node_id="a")
    step.pk, step.attempt, step._state.adding = uuid.uuid4(), 2, True
    step.save()
    assert {"a step has one outcome", "a step has one outcome a wave", "a finished step never runs again"} <= broken()


def test_a_gap_in_the_events_is_found(run):
    execute("DELETE FROM orchestration_runevent WHERE run_id = %s AND seq = 2", run.pk)
    assert "events are numbered without a gap" in broken()


def test_an_event_behind_the_last_one_is_found(run):
    execute(
        "INSERT INTO orchestration_runevent (run_id, seq, organization_id, kind, data, created_at)"
        " VALUES (%s, %s, %s, 'agent.log', '{}', now())",
        run.pk, run.seq + 1, run.organization_id,
    )  # fmt: skip
    assert "nothing follows a run's last event" in broken()


def test_a_second_end_is_found(run):
    execute(
        "UPDATE orchestration_runevent SET kind = 'run.completed' WHERE run_id = %s AND kind = 'run.started'", run.pk
    )
    assert "a run ends once" in broken()


def test_a_run_that_was_acknowledged_and_is_not_there_is_found(run):
    assert broken(acknowledged=[("started", uuid.uuid4(), "chain")]) == {"a started run is there"}


def test_rows_that_were_acknowledged_and_are_not_there_are_found(run):
    assert broken(acknowledged=[("seeded", uuid.uuid4(), "2")]) == {"a seeded row has its task and its run"}


def test_a_cancel_that_did_not_hold_is_found(run):
    assert broken(acknowledged=[("cancelled", run.pk, "-")]) == {"a run that was cancelled is cancelled"}


def test_an_attempt_that_was_carried_out_twice_is_found(run):
    assert broken(ledger=[(run.pk, "a", 0, 1, "")] * 2) == {"an attempt is carried out once"}


def test_an_attempt_that_nobody_knows_of_is_found(run):
    assert broken(ledger=[(run.pk, "a", 0, 2, "")]) == {"no attempt ran that the journal does not know"}


def test_an_outcome_without_its_deed_is_found(run):
    StepRun.objects.filter(run=run, node_id="a").update(kind="trace", output={"token": "never done"})
    assert broken() == {"what a step answered is what it did"}


def test_a_run_that_stands_still_and_the_lease_of_a_dead_worker_are_found(start):
    start(chain(note("a")))
    journal.claim("control", "dead")
    workers.end_leases(["dead"])
    execute("UPDATE orchestration_steprun SET lease_expires_at = lease_expires_at - interval '1 minute'")
    assert {"every run has ended", "no lease is held by the dead", "no step stands ready and unclaimed"} == broken()


def test_a_failure_for_no_good_reason_is_found(run):
    Run.objects.filter(pk=run.pk).update(status="failed", error={"code": "step_crashed", "node_id": "a"})
    assert "a run fails only for its poison, or for workers that were killed three times" in broken()


def test_a_generation_that_is_missing_is_found(run):
    execute("UPDATE orchestration_steprun SET generation = 1 WHERE run_id = %s AND node_id = 'b'", run.pk)
    assert "generations are numbered without a gap, one for each time a run was sent back" in broken()


def test_a_child_that_is_started_twice_or_outlives_its_parents_wait_is_found(run, start):
    execute("DROP INDEX run_child")  # the database forbids it, too
    step = StepRun.objects.get(run=run, node_id="a")
    children = [finish(start(chain(note("c")))), finish(start(chain(note("c"))))]
    Run.objects.filter(pk__in=[child.pk for child in children]).update(parent_step=step, child_key="0")
    assert {"a child is started once", "a step that waited for children settled after them"} <= broken()


def test_an_announced_event_that_nobody_took_is_found(run):
    assert "an event that was announced is taken, unless its run was cancelled" in broken(
        acknowledged=[("announced", run.pk, "token")]
    )
