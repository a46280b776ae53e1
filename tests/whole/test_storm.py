"""Processes are killed at random under load, and at the end nothing is lost, nothing doubled, nothing left behind."""

import os

import pytest

from tests.chaos import storm
from tests.chaos.kills import KINDS
from tests.support.instance import Instance

pytestmark = pytest.mark.kill

RUNS = 200
KILLS = 60
#: A seed that is written down can be tried again: `STORM=7 pytest tests/whole/test_storm.py`.
SEED = int(os.environ.get("STORM", "0")) or os.getpid()


@pytest.fixture(scope="module")
def outcome(homes) -> storm.Outcome:
    instance = Instance(homes.new(), storm.SETTINGS).start()
    outcome = storm.rage(instance, kills=KILLS, runs=RUNS, a_second=1.5, seed=SEED)
    instance.stop()
    return outcome


def test_it_was_a_storm(outcome):
    assert len(outcome.kills) >= KILLS
    assert outcome.counts["runs"] >= RUNS
    assert outcome.counts["attempts lost and made good"] > 0
    assert {kill.kind for kill in outcome.kills} <= set(KINDS)


def test_nothing_is_lost_or_doubled_and_everything_fits(outcome):
    assert outcome.broken == {}, f"STORM={outcome.seed} repeats its chances"


def test_no_sandbox_is_left(outcome):
    assert outcome.sandboxes_left == 0
