"""Writes tasks with their runs, each table in one COPY."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import JsonValue

from agents.services.runs import AgentRunSeed, agent_runs_create, title_of
from console.access import Actor
from console.copying import copy_rows
from console.ids import new_id
from evaluation.models import Dataset
from evaluation.seeding.envelope import envelope
from evaluation.seeding.freeze import Frozen, Seed
from orchestration.dialects import fields
from orchestration.models import Trigger
from orchestration.services.bulk import RunSeed, runs_start

_COPY = """
COPY evaluation_seededtask
    (id, organization_id, project_id, created_at, dataset_id, pipeline_id, row, title, seed, run_id, agent_run_id)
FROM STDIN
"""


def write(dataset: Dataset, rows: Sequence[Frozen]) -> None:
    """Make a task, a run and a queued agent run of each row, in the caller's transaction.

    The task keeps the row's axes and a copy of the agent field as it is now: later edits never reach it.
    """
    if not rows:
        return
    field = fields.agent_field(dataset.version.definition)
    frozen_field: Seed = {"key": field.key, "title": field.title, "agentConfig": field.agent_config}
    now = datetime.now(tz=UTC)
    tasks, runs, agent_runs = [], [], []
    for row in rows:
        axes = row.seed or {}
        task_id, run_id, agent_run_id = new_id(), new_id(), new_id()
        task_input = envelope(axes)
        title = title_of(task_input)
        seed: dict[str, JsonValue] = {
            "axes": axes, "field": frozen_field, "agent_version": dataset.agent_version.public_id
        }  # fmt: skip
        tasks.append(
            (
                task_id, dataset.organization_id, dataset.project_id, now, dataset.pk, dataset.pipeline_id, row.row,
                title, json.dumps(seed), run_id, agent_run_id,
            )
        )  # fmt: skip
        runs.append(RunSeed(run_id, title, axes))
        agent_runs.append(AgentRunSeed(agent_run_id, run_id, field.key, task_id, task_input))
    actor = Actor.platform(dataset.organization_id, user_id=dataset.created_by_id)
    runs_start(actor=actor, version=dataset.version, seeds=runs, trigger=Trigger(dataset.trigger))
    agent_runs_create(
        version=dataset.agent_version, project_id=dataset.project_id, pipeline_id=dataset.pipeline_id,
        dataset_id=dataset.pk, seeds=agent_runs,
    )  # fmt: skip
    copy_rows(_COPY, tasks)
