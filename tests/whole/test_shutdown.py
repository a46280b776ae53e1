"""An instance is stopped while an agent works, and started again: the run goes on, and nobody is blamed."""

from collections.abc import Iterator

import pytest

from tests.support.agents import function
from tests.support.instance import Instance, wait_for

pytestmark = pytest.mark.kill

STEPS = """
SELECT s.status, s.attempt, s.losses FROM orchestration_steprun s JOIN agents_agentrun a ON a.run_id = s.run_id
WHERE a.title = 'Take your time.' ORDER BY s.attempt
"""


@pytest.fixture
def first(homes) -> Iterator[Instance]:
    running = Instance(homes.new()).start()
    yield running
    if running.processes():
        running.stop()


@pytest.fixture
def second(first) -> Iterator[Instance]:
    """An instance in the same folder. It is started by the test."""
    running = Instance(first.home)
    yield running
    if running.process is not None:
        running.stop()


def test_a_run_under_way_goes_on_after_a_restart_without_counting_a_loss(first, second, tmp_path):
    agent, csv = tmp_path / "slow.py", tmp_path / "tasks.csv"
    agent.write_text(function("import time; time.sleep(5)\nreturn 'done'"))
    csv.write_text('user\n"Take your time."\n')
    registered = first.cli("agent", "register", "slow", str(agent), "--publish")
    workflow = first.cli("workflow", "create", "slow", "--agent", registered, "--publish")
    first.cli("seed", str(csv), "--workflow", workflow)
    wait_for(lambda: _agent_run(first)["phase"] == "turns", what="the agent's work")
    assert first.stop() == 0
    assert first.sandbox_processes() == []

    second.start()
    wait_for(lambda: _agent_run(second)["status"] == "completed", what="the run's end")
    with second.database() as database:
        assert database.execute(STEPS).fetchall() == [("lost", 1, 0), ("completed", 2, 0)]


def _agent_run(instance: Instance) -> dict[str, str]:
    with instance.database() as database:
        row = database.execute("SELECT phase, status FROM agents_agentrun WHERE title = 'Take your time.'").fetchone()
    return dict(zip(("phase", "status"), row or ("", ""), strict=True))
