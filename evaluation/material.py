"""Finds what a finished run is graded by: the field as it was published, the seed, and what the agent left."""

import json
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import AgentRun, TrajectoryChunk
from evaluation.evidence import AgentException, Evidence
from evaluation.field import AgentFieldConfig, parse_field
from orchestration.models import Run
from orchestration.views import graph_of
from sandboxes.trajectories.steps import Step, all_from_json
from sandboxes.trajectories.summary import summarize


class Material(NamedTuple):
    config: AgentFieldConfig
    seed: Mapping[str, JsonValue]
    evidence: Evidence


def material_of(agent_run: AgentRun) -> Material:
    """Return what a run is graded by, from its rows alone, so that grading again sees what grading saw."""
    run = Run.objects.only("version_id", "input").get(pk=agent_run.run_id)
    config = parse_field(graph_of(run.version_id).by_id[agent_run.node_id].config)
    return Material(config, run.input, evidence_of(agent_run, run.input))


def evidence_of(agent_run: AgentRun, seed: Mapping[str, JsonValue]) -> Evidence:
    """Return what a run's rows say of its result. They were redacted when they were written."""
    steps = steps_of(agent_run.pk, agent_run.attempt)
    said = agent_run.exception
    return Evidence(
        task=_task(agent_run, seed),
        final_response=agent_run.final_response,
        exception=None if said is None else _exception(said),
        trajectory=summarize(steps),
        step_count=len(steps),
    )


def steps_of(agent_run_id: uuid.UUID, attempt: int) -> list[Step]:
    """Return the trajectory of an attempt, or of the last one before it that has any: a later one may only grade."""
    rows = TrajectoryChunk.objects.filter(agent_run_id=agent_run_id, attempt__lte=attempt)
    chunks = list(rows.order_by("-attempt", "first_step").values_list("attempt", "steps"))
    return [step for number, text in chunks if number == chunks[0][0] for step in all_from_json(json.loads(text))]


def _exception(said: Mapping[str, str]) -> AgentException:
    return AgentException(said.get("type", "Exception"), said.get("message", ""), said.get("traceback", ""))


def _task(agent_run: AgentRun, seed: Mapping[str, JsonValue]) -> str:
    """Return what the agent was asked, with the columns it was shown."""
    asked = str(seed.get("user_instruction") or agent_run.task_input.get("user_instruction") or "")
    columns = seed.get("columns")
    if not isinstance(columns, dict) or not columns:
        return asked
    return "\n".join([asked, "", *(f"{name}: {value}" for name, value in columns.items())])
