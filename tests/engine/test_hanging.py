"""Two that want the same rows: who comes second waits, or passes by, and never undoes what the first one did."""

import threading

import psycopg
import pytest
from django.db import connection

from orchestration import admission, journal, sweeper, transitions
from orchestration.graph import Node
from orchestration.models import Run, StepRun
from orchestration.steps.base import Answered
from orchestration.workers import end_leases
from tests.engine.conftest import chain, finish, note
from tests.factories import AgentFactory, PipelineVersionFactory
from tests.support.instance import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other():
    """A connection of somebody else."""
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in _PLAIN}
    with psycopg.connect(**parameters) as other:
        yield other


_PLAIN = {"dbname", "user", "host", "port", "password", "options"}


def test_the_sweeper_passes_by_a_run_that_somebody_holds(start, other):
    held, free = start(chain(note("a"))), start(chain(note("a")))
    for _ in range(2):
        journal.claim("control", "dead")
    end_leases(["dead"])
    other.execute("SELECT FROM orchestration_run WHERE id = %s FOR UPDATE", [held.pk])
    sweeper.sweep()
    assert list(StepRun.objects.filter(run=free).order_by("attempt").values_list("status", flat=True)) == [
        "lost", "ready",
    ]  # fmt: skip
    other.rollback()
    sweeper.sweep()
    assert StepRun.objects.filter(run=held, attempt=2, status="ready").exists()


def test_a_step_that_is_cancelled_while_it_is_being_admitted_stays_cancelled(start, project, other):
    agent = AgentFactory(organization=project.organization, concurrency=0)
    run = start(chain(note("a", config={"agent": str(agent.pk)})))
    type(agent).objects.update(concurrency=1)
    other.execute("UPDATE orchestration_steprun SET status = 'cancelled' WHERE run_id = %s", [run.pk])
    admitting = threading.Thread(target=admit, args=[project.organization_id])
    admitting.start()
    wait_for(is_waiting, what="waiting for the cancel")
    other.commit()
    admitting.join()
    assert StepRun.objects.get(run=run).status == "cancelled"


def test_children_that_end_at_the_same_moment_are_each_followed_by_one(start, project, other):
    asking = chain(Node(id="ask", kind="wait")).model_dump(mode="json")
    version = PipelineVersionFactory(pipeline__project=project, graph=asking)
    config = {"version": str(version.pk), "items": 4, "parallelism": 2}
    parent = finish(start(chain(Node(id="each", kind="children_test", config=config))))
    first = list(Run.objects.filter(parent_step__run=parent))
    other.execute("SELECT FROM orchestration_run WHERE id = %s FOR UPDATE", [parent.pk])
    ending = [threading.Thread(target=answer, args=[child.pk]) for child in first]
    for thread in ending:
        thread.start()
    wait_for(lambda: how_many_wait() == len(first), what="both waiting for their parent")
    other.rollback()
    for thread in ending:
        thread.join()
    keys = Run.objects.filter(parent_step__run=parent).order_by("child_key").values_list("child_key", flat=True)
    assert list(keys) == ["0", "1", "2", "3"]


def answer(run_id) -> None:
    try:
        transitions.wake(run_id, "ask", Answered({}, by="somebody"))
    finally:
        connection.close()


def admit(organization_id) -> None:
    try:
        admission.admit(organization_id)
    finally:
        connection.close()


def is_waiting() -> bool:
    return how_many_wait() > 0


def how_many_wait() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_a_transaction_that_does_nothing_for_long_is_ended_by_the_database(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
