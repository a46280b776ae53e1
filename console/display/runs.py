"""The steps of a pipeline run as rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from agents.models import AgentRun
from orchestration.graph import Node
from orchestration.models import StepRun


class StepRow(NamedTuple):
    """One step as it stands: its newest attempt, and the agent's run, where it had one."""

    node_id: str
    name: str
    kind: str
    status: str
    attempts: int
    started_at: datetime | None
    duration_ms: float | None
    error: str
    agent_run: AgentRun | None


def step_rows(nodes: Iterable[Node], steps: Iterable[StepRun], agent_runs: Iterable[AgentRun]) -> list[StepRow]:
    """Return a row for each step of the pipeline, in its order; a step that has not begun is queued."""
    newest: dict[str, StepRun] = {}
    attempts: dict[str, int] = {}
    for step in steps:
        newest[step.node_id] = step
        attempts[step.node_id] = attempts.get(step.node_id, 0) + 1
    of_node = {agent_run.node_id: agent_run for agent_run in agent_runs}
    return [_row(node, newest.get(node.id), attempts.get(node.id, 0), of_node.get(node.id)) for node in nodes]


def _row(node: Node, step: StepRun | None, attempts: int, agent_run: AgentRun | None) -> StepRow:
    return StepRow(
        node_id=node.id,
        name=node.name or node.id,
        kind=node.kind.replace("_", " ").capitalize(),
        status=_STATUSES.get(step.status, step.status) if step else "queued",
        attempts=attempts,
        started_at=step.started_at if step else None,
        duration_ms=_duration_ms(step) if step else None,
        error=str((step.error or {}).get("message", "")) if step else "",
        agent_run=agent_run,
    )


#: A step that failed broke: its red is not a verdict's.
_STATUSES = {"failed": "broken"}


def _duration_ms(step: StepRun) -> float | None:
    if step.started_at is None or step.finished_at is None:
        return None
    return (step.finished_at - step.started_at).total_seconds() * 1000
