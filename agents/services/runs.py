import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from pydantic import JsonValue

from agents.errors import FAILURES, Cause, FailureCode
from agents.models import AgentRun, AgentRunStatus, AgentVersion
from console.copying import copy_rows

LONGEST_TITLE = 300

_COPY = """
COPY agents_agentrun
    (id, organization_id, project_id, created_at, agent_id, version_id, pipeline_id, dataset_id, run_id, node_id,
     task_id, title, task_input, status, phase, attempt, phases, sandbox, error_code, cause, verdict, failure_mode,
     judge, tokens, step_count, log_lines) FROM STDIN
"""


@dataclass(frozen=True, slots=True)
class AgentRunSeed:
    """An agent run that is to be created, under a key chosen beforehand."""

    id: uuid.UUID
    run_id: uuid.UUID
    node_id: str
    task_id: uuid.UUID | None
    task_input: dict[str, JsonValue]


def title_of(task_input: dict[str, JsonValue]) -> str:
    """Return what a run is called: the first line of what the agent is asked."""
    lines = str(task_input.get("user_instruction", "")).strip().splitlines()
    return lines[0][:LONGEST_TITLE] if lines else "Untitled task"


def agent_runs_create(
    *,
    version: AgentVersion,
    project_id: uuid.UUID,
    pipeline_id: uuid.UUID,
    dataset_id: uuid.UUID | None,
    seeds: Sequence[AgentRunSeed],
) -> None:
    """Create queued runs of an agent version in one COPY, in the caller's transaction."""
    now = datetime.now(tz=UTC)
    rows = (
        (
            seed.id, version.organization_id, project_id, now, version.agent_id, version.pk, pipeline_id, dataset_id,
            seed.run_id, seed.node_id, seed.task_id, title_of(seed.task_input), json.dumps(seed.task_input),
            AgentRunStatus.QUEUED.value, "", 0, "[]", "", "", "", "", "", "", 0, 0, 0,
        )
        for seed in seeds
    )  # fmt: skip
    copy_rows(_COPY, rows)


def agent_runs_ended(*, run_id: uuid.UUID, error: Mapping[str, JsonValue] | None, node_id: str | None = None) -> None:
    """End what a pipeline run still had under way, at one node or at all: failed as it did, or cancelled with it."""
    under_way = AgentRun.objects.filter(run_id=run_id, status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING])
    if node_id is not None:
        under_way = under_way.filter(node_id=node_id)
    if error is None:
        under_way.update(status=AgentRunStatus.CANCELLED, finished_at=timezone.now())
        return
    code = str(error.get("code", FailureCode.INTERNAL_ERROR))
    known = next((failure for failure in FAILURES.values() if failure.code == code), None)
    cause = known.cause if known else Cause.PLATFORM
    told = {"code": code, "message": error.get("message", ""), "cause": cause, "fix": known.fix if known else ""}
    under_way.update(
        status=AgentRunStatus.FAILED, finished_at=timezone.now(), error_code=code, cause=cause, phase="", error=told
    )
