"""Finds what a finished run is graded by: the field as it was published, the seed, and what the agent left."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import AgentRun
from agents.queries import trajectory_of
from evaluation.evidence import AgentException, Evidence
from evaluation.field import AgentFieldConfig, parse_field
from orchestration.models import Run
from orchestration.views import graph_of
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
    steps = trajectory_of(agent_run)
    said = agent_run.exception
    return Evidence(
        task=_task(agent_run, seed),
        final_response=agent_run.final_response,
        exception=None if said is None else _exception(said),
        trajectory=summarize(steps),
        step_count=len(steps),
    )


def _exception(said: Mapping[str, str]) -> AgentException:
    return AgentException(said.get("type", "Exception"), said.get("message", ""), said.get("traceback", ""))


def _task(agent_run: AgentRun, seed: Mapping[str, JsonValue]) -> str:
    """Return what the agent was asked, with the columns it was shown."""
    asked = str(seed.get("user_instruction") or agent_run.task_input.get("user_instruction") or "")
    columns = seed.get("columns")
    if not isinstance(columns, dict) or not columns:
        return asked
    return "\n".join([asked, "", *(f"{name}: {value}" for name, value in columns.items())])
