"""A database that fails in the middle of a step costs the step an attempt, and nothing else."""

import pytest
from django.db import InterfaceError, OperationalError

from orchestration import executor, handing_back, journal, transitions
from orchestration.models import StepRun
from orchestration.steps.base import Ok
from tests.engine.conftest import chain, finish, note
from tests.engine.steps import ledger


@pytest.fixture
def outage(monkeypatch):
    """Have a function of the engine fail as often as told, as if the database were away."""
    monkeypatch.setattr(handing_back, "_PAUSE_SECONDS", 0)

    def outage(name: str, *, times: int, error: type[Exception] = OperationalError) -> None:
        really = getattr(transitions, name)
        left = iter(range(times))

        def away(*arguments, **named):
            if next(left, None) is not None:
                raise error("the database system is shutting down")
            return really(*arguments, **named)

        monkeypatch.setattr(transitions, name, away)

    return outage


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_step_whose_end_cannot_be_written_is_handed_back(start, outage, error):
    run = start(chain(note("a"), note("b")))
    outage("finish", times=1, error=error)
    outage("release", times=2)
    assert finish(run).status == "completed"
    assert ledger(run.pk) == ["did a 1", "did a 2", "did b 1"]
    assert list(StepRun.objects.filter(node_id="a").order_by("attempt").values_list("status", "losses")) == [
        ("lost", 0), ("completed", 0),
    ]  # fmt: skip


def test_outages_do_not_make_a_step_look_like_one_that_kills_workers(start, outage):
    run = start(chain(note("a")))
    outage("finish", times=transitions.MOST_LOSSES + 1)
    assert finish(run).status == "completed"


def test_a_step_that_could_not_even_begin_is_handed_back(start, outage):
    run = start(chain(note("a")))
    outage("mark_started", times=1)
    assert finish(run).status == "completed"
    assert ledger(run.pk) == ["did a 2"]


def test_an_end_that_was_written_after_all_stays(start):
    run = start(chain(note("a")))
    claim = journal.claim("control", executor.worker_name())
    transitions.finish(claim, Ok())
    handing_back.hand_back(claim)
    assert StepRun.objects.get(run=run).status == "completed"


def test_it_gives_up_after_a_while(start, outage, monkeypatch):
    start(chain(note("a")))
    monkeypatch.setattr(handing_back, "PATIENCE_SECONDS", 0)
    outage("release", times=1_000)
    assert not handing_back.hand_back(journal.claim("control", "a worker"))
