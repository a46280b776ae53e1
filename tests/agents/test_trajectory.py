"""A trajectory is stored whole, and once more without its long texts, for lists."""

import pytest

from agents.models import AgentRunStatus
from agents.queries import trajectory_heads, trajectory_of, trajectory_part
from agents.runtimes.base import Answer
from agents.services import progress
from sandboxes.trajectories.heads import LONGEST
from sandboxes.trajectories.steps import ShellDetail, Step
from tests.factories import AgentRunFactory

LONG = "x" * 5_000


@pytest.fixture
def agent_run(project):
    return AgentRunFactory(project=project, status=AgentRunStatus.RUNNING, attempt=1)


def collect(agent_run, count: int) -> None:
    steps = tuple(
        Step(n, f"echo {n}", ShellDetail(["echo", str(n)], stdout=LONG if n % 2 else "short"), n) for n in range(count)
    )
    progress.collected(agent_run, Answer(steps, "done", None))


def test_heads_are_all_steps_without_what_is_long(agent_run):
    collect(agent_run, 450)
    heads = trajectory_heads(agent_run)
    assert [head.step.title for head in heads] == [step.title for step in trajectory_of(agent_run)]
    assert [(len(head.step.detail.stdout), head.is_whole) for head in heads[:2]] == [(5, True), (LONGEST, False)]
    assert heads[0].step == trajectory_of(agent_run)[0]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (199, 200), (250, 449), (449, 900)])
def test_a_part_is_whole_and_in_order(agent_run, first, last):
    collect(agent_run, 450)
    part = trajectory_part(agent_run, first, last)
    assert [step.index for step in part] == list(range(first, min(last, 449) + 1))
    assert part[-1].detail.stdout == (LONG if part[-1].index % 2 else "short")


def test_only_the_newest_attempt_counts(agent_run):
    collect(agent_run, 3)
    agent_run.attempt = 2
    agent_run.save()
    collect(agent_run, 1)
    assert len(trajectory_heads(agent_run)) == len(trajectory_part(agent_run, 0, 9)) == 1


def test_a_run_without_steps_has_no_heads(agent_run):
    assert trajectory_heads(agent_run) == trajectory_part(agent_run, 0, 9) == []
