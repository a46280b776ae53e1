import pytest

from orchestration import executor, leases, leaving
from orchestration.graph import Node
from orchestration.models import StepRun
from orchestration.states import RunStatus
from tests.engine.conftest import chain, finish, note
from tests.engine.steps import ledger


@pytest.fixture(autouse=True)
def _ticks(monkeypatch):
    monkeypatch.setattr(leases, "_TICK_SECONDS", 0.01)


def leave_once(monkeypatch, run, said: str) -> None:
    """Have the worker told to stop when a step of the run has said something."""
    monkeypatch.setattr(leaving, "is_leaving", lambda: said in ledger(run.pk))


def test_a_worker_that_leaves_hands_back_what_it_has_under_way(start, monkeypatch):
    run = start(chain(Node(id="long", kind="sleep")))
    leave_once(monkeypatch, run, "began long 1")
    executor.drain("control")
    assert ledger(run.pk) == ["began long 1", "stopped long 1"]
    steps = StepRun.objects.filter(run=run).order_by("attempt").values_list("attempt", "status", "losses")
    assert list(steps) == [(1, "lost", 0), (2, "ready", 0)]


def test_an_outcome_that_is_there_is_written_and_nothing_is_taken_over(start, monkeypatch):
    run = start(chain(note("a"), note("b")))
    with monkeypatch.context() as leaving_after_a:
        leave_once(leaving_after_a, run, "did a 1")
        executor.drain("control")
        assert ledger(run.pk) == ["did a 1"]
    assert finish(run).status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did a 1", "did b 1"]


def test_a_worker_that_leaves_takes_nothing_new(start, monkeypatch):
    run = start(chain(note("a")))
    monkeypatch.setattr(leaving, "is_leaving", lambda: True)
    assert executor.drain("control") == 0
    assert ledger(run.pk) == []
