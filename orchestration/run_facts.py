"""What a run of an orchestration has come to: its state, its outputs, what it waits for."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.fold import ARTIFACTS, Outcome, fold, initial_state
from orchestration.graph import Graph, JsonObject
from orchestration.models import Run, StepRun
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import PASSING_WAITS


@dataclass(frozen=True, slots=True)
class RunFacts:
    """`active_nodes` wait for somebody; `required_action` is what the first of them waits for."""

    state: JsonObject
    artifacts: JsonObject
    active_nodes: list[str]
    required_action: JsonObject | None
    current_node_id: str | None
    updated_at: datetime


def facts_of(runs: Sequence[Run]) -> dict[uuid.UUID, RunFacts]:
    """Return the facts of runs, whose versions must have been read with them, in one query."""
    steps: dict[uuid.UUID, list[StepRun]] = defaultdict(list)
    for step in StepRun.objects.filter(run__in=runs).order_by("id"):
        steps[step.run_id].append(step)
    graphs = {run.version_id: run.version for run in runs}
    parsed = {key: Graph.model_validate(version.graph) for key, version in graphs.items()}
    return {run.pk: _facts(run, parsed[run.version_id], steps[run.pk]) for run in runs}


def _facts(run: Run, graph: Graph, steps: Sequence[StepRun]) -> RunFacts:
    state = fold(graph, initial_state(run.input), _outcomes(steps))
    artifacts = state.pop(ARTIFACTS)
    waiting = [] if RunStatus(run.status).is_final else _waiting(graph, steps)
    return RunFacts(
        state=state,
        artifacts=artifacts if isinstance(artifacts, dict) else {},
        active_nodes=[step.node_id for step in waiting],
        required_action=_required_action(waiting[0]) if waiting else None,
        current_node_id=waiting[0].node_id if waiting else _last_settled(steps),
        updated_at=max(_moments(run, steps)),
    )


def _outcomes(steps: Iterable[StepRun]) -> list[Outcome]:
    """Return what the settled steps left behind; of a step that ran again, what it left the last time."""
    newest = {step.node_id: step for step in steps if step.settled_seq is not None}
    return [
        Outcome(step.node_id, step.wave, StepStatus(step.status), step.output, step.error) for step in newest.values()
    ]


def _waiting(graph: Graph, steps: Iterable[StepRun]) -> list[StepRun]:
    """Return the steps that wait for somebody or something outside, in the order of the graph."""
    found = [
        step
        for step in steps
        if step.status == StepStatus.WAITING and (step.waiting_for or {}).get("type") not in PASSING_WAITS
    ]
    return sorted(found, key=lambda step: graph.position_of[step.node_id])


def _required_action(step: StepRun) -> JsonObject:
    waiting_for: JsonObject = step.waiting_for or {}
    return {"type": waiting_for.get("type"), "node_id": step.node_id, **waiting_for}


def _last_settled(steps: Iterable[StepRun]) -> str | None:
    done = [step for step in steps if step.settled_seq is not None and step.status != StepStatus.SKIPPED]
    last = max(done, key=lambda step: step.settled_seq or 0, default=None)
    return None if last is None else last.node_id


def _moments(run: Run, steps: Iterable[StepRun]) -> Iterable[datetime]:
    told = [run.created_at, run.finished_at]
    for step in steps:
        told += [step.started_at, step.finished_at]
    return (moment for moment in told if moment is not None)
