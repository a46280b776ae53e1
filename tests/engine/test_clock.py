"""A wrong clock is nothing to a run: leases and waits go by the database's, durations by a monotonic one."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from orchestration import journal, sweeper
from orchestration.graph import Node
from orchestration.models import StepRun
from orchestration.retry import RetryPolicy
from tests.engine.conftest import chain, finish, note
from tests.engine.steps import ledger

DAY = timedelta(days=1)


@pytest.fixture(params=[DAY, -DAY], ids=["ahead", "behind"])
def worker_clock(request, monkeypatch):
    """Have this process's clock a day wrong."""
    really_now, really_time = timezone.now, time.time
    monkeypatch.setattr(timezone, "now", lambda: really_now() + request.param)
    monkeypatch.setattr(time, "time", lambda: really_time() + request.param.total_seconds())


def put_clock_back(seconds: int) -> None:
    """Have every lease look as one does that was granted before the database's clock was put back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestration_steprun SET lease_expires_at = lease_expires_at + %s * interval '1 second'", [seconds]
        )


def test_a_worker_with_a_wrong_clock_carries_a_run_out(start, worker_clock):
    retried = Node(
        id="b", kind="flaky", config={"good_attempt": 2}, retry=RetryPolicy(max_attempts=2, initial_delay_ms=0)
    )
    run = finish(start(chain(note("a"), retried, note("c"))))
    assert run.status == "completed"
    assert ledger(run.pk) == ["did a 1", "did b 1", "did b 2", "did c 1"]


def test_a_sweeper_with_a_wrong_clock_takes_no_step_from_a_living_worker(start, worker_clock):
    start(chain(note("a")))
    claim = journal.claim("control", "a worker")
    sweeper.sweep()
    assert journal.renew([claim.step_id]) == {claim.step_id}
    assert StepRun.objects.get().status == "running"


def test_a_lease_from_before_the_clock_was_put_back_does_not_last_for_ever(start):
    start(chain(note("a")))
    journal.claim("control", "a worker that dies")
    put_clock_back(3_600)
    sweeper.sweep()
    left = StepRun.objects.get().lease_expires_at - timezone.now()
    assert left <= timedelta(seconds=journal.LEASE_SECONDS)


def test_a_lease_of_the_usual_length_is_not_touched(start):
    start(chain(note("a")))
    journal.claim("control", "a worker")
    before = StepRun.objects.get().lease_expires_at
    sweeper.sweep()
    assert StepRun.objects.get().lease_expires_at == before
