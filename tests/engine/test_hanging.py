"""Somebody who hangs with a run in his hands holds up that run, and no other."""

import psycopg
import pytest
from django.db import connection

from orchestration import journal, sweeper
from orchestration.models import StepRun
from orchestration.workers import end_leases
from tests.engine.conftest import chain, note

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


def test_a_transaction_that_does_nothing_for_long_is_ended_by_the_database(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
