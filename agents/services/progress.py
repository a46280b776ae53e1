"""What the worker of an attempt writes on its agent run: each write holds only while the attempt is the newest."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from django.db import connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, PositiveIntegerField, QuerySet
from django.db.models.functions import Cast, Coalesce, Extract, Now
from django.utils import timezone
from pydantic import JsonValue

from agents.errors import AgentRunFailed
from agents.models import AgentRun, AgentRunStatus
from agents.runtimes.base import Answer
from sandboxes.trajectories.heads import head_of
from sandboxes.trajectories.steps import Step, as_json

#: Steps in one stored piece of a trajectory.
STEPS_A_CHUNK = 200

#: By the database's clock, which also says when the run began: a worker's own may be wrong.
_LATENCY_MS = Cast(
    Extract(ExpressionWrapper(Now() - Coalesce(F("started_at"), Now()), DurationField()), "epoch") * 1000,
    PositiveIntegerField(),
)

_PUT_CHUNK = """
INSERT INTO agents_trajectorychunk (agent_run_id, attempt, first_step, organization_id, steps, heads, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class Superseded(Exception):
    """The agent run was cancelled, or a later attempt has it: nothing this one would write counts any more."""


def take(agent_run: AgentRun, *, attempt: int) -> AgentRun:
    """Make `attempt` the run's present one; raise Superseded if it is not wanted any more."""
    taken = AgentRun.objects.filter(
        pk=agent_run.pk, attempt__lt=attempt, status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING]
    ).update(
        attempt=attempt, status=AgentRunStatus.RUNNING, started_at=Coalesce(F("started_at"), Now()),
        error=None, error_code="", cause="",
    )  # fmt: skip
    if not taken:
        raise Superseded
    agent_run.refresh_from_db()
    return agent_run


def note_log_lines(agent_run: AgentRun, count: int) -> None:
    """Keep how long the log is. Where the run is no longer wanted nobody will ask."""
    _mine(agent_run).update(log_lines=count)


def note_sandbox(agent_run: AgentRun, backend: str, image: str) -> None:
    """Keep what the run's sandbox is: a backend's name, and an image's digest where it is not the default one."""
    _write(agent_run, sandbox=backend, image=image)


def note_origin(agent_run: AgentRun, origin: Mapping[str, JsonValue]) -> None:
    """Keep where the code is from, for whoever reads the run later."""
    if origin:
        _write(agent_run, code_origin=dict(origin))


@transaction.atomic
def collected(agent_run: AgentRun, answer: Answer) -> None:
    """Store what came of the agent's work: from here on an attempt that is cut short only grades again."""
    _put_trajectory(agent_run, answer.steps)
    _write(
        agent_run, final_response=answer.final_response,
        exception=None if answer.exception is None else asdict(answer.exception), step_count=len(answer.steps),
        collected_at=Now(),
    )  # fmt: skip
    agent_run.refresh_from_db()


def completed(agent_run: AgentRun) -> None:
    _end(agent_run, status=AgentRunStatus.COMPLETED)


@transaction.atomic
def failed(agent_run: AgentRun, failure: AgentRunFailed) -> None:
    """Store why a run broke, with what was seen of it until then. It is not graded."""
    if failure.steps and agent_run.collected_at is None:
        _put_trajectory(agent_run, failure.steps)
        _write(agent_run, step_count=len(failure.steps))
    _end(
        agent_run, status=AgentRunStatus.FAILED, error=failure.as_json(), error_code=failure.code.value,
        cause=failure.failure.cause.value,
    )  # fmt: skip


def _end(agent_run: AgentRun, **fields: object) -> None:
    _write(agent_run, finished_at=Now(), latency_ms=_LATENCY_MS, phase="", **fields)
    agent_run.refresh_from_db()


def _write(agent_run: AgentRun, **fields: object) -> None:
    if not _mine(agent_run).update(**fields):
        raise Superseded


def _mine(agent_run: AgentRun) -> "QuerySet[AgentRun]":
    return AgentRun.objects.filter(pk=agent_run.pk, attempt=agent_run.attempt, status=AgentRunStatus.RUNNING)


def _put_trajectory(agent_run: AgentRun, steps: tuple[Step, ...]) -> None:
    now = timezone.now()
    rows = [
        (
            agent_run.pk, agent_run.attempt, start, agent_run.organization_id,
            json.dumps([as_json(step) for step in part]), json.dumps([head_of(step) for step in part]), now,
        )
        for start in range(0, len(steps), STEPS_A_CHUNK)
        for part in [steps[start : start + STEPS_A_CHUNK]]
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(_PUT_CHUNK, rows)
