"""The leases of workers that died on this machine end with them."""

import os
import subprocess

import pytest

from orchestration import journal, sweeper, workers
from orchestration.models import StepRun
from orchestration.workers import end_leases_of_the_dead, family, place, worker_name
from tests.engine.conftest import chain, finish, note
from tests.engine.steps import ledger


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that has been."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_a_step_of_a_dead_process_is_given_to_another_at_once(start, dead_pid):
    run = start(chain(note("a")))
    journal.claim("control", f"here:{place()}:{dead_pid}")
    assert end_leases_of_the_dead() == 1
    sweeper.sweep()
    finish(run)
    assert ledger(run.pk) == ["did a 2"]


def test_a_process_that_is_dead_and_not_buried_yet_is_dead(start):
    start(chain(note("a")))
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    journal.claim("control", f"here:{place()}:{child.pid}")
    assert end_leases_of_the_dead() == 1
    child.wait()


def test_a_living_worker_keeps_its_lease(start):
    start(chain(note("a")))
    journal.claim("control", worker_name())
    assert end_leases_of_the_dead() == 0
    sweeper.sweep()
    assert StepRun.objects.get().status == "running"


def test_the_family_is_what_this_process_started_and_what_was_started_beside_it():
    child = subprocess.Popen(["sleep", "60"])
    assert child.pid in family()
    assert os.getpid() in family()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert child.pid not in family()
    child.wait()


def test_processes_of_another_machine_are_left_alone(start, dead_pid):
    start(chain(note("a")))
    journal.claim("control", f"here:another-place:{dead_pid}")
    assert end_leases_of_the_dead() == 0


def test_a_place_that_the_kernel_does_not_tell_is_nobody_elses(monkeypatch):
    def silent(_path) -> str:
        raise PermissionError

    monkeypatch.setattr(workers.Path, "read_text", silent)
    assert place.__wrapped__() != place.__wrapped__()
