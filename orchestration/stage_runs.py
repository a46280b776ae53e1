"""A run of stages as people see it: each stage with the gate behind it, its tries, and what it left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from orchestration.dialects.stages import gate_id, stage_id, stages_of
from orchestration.dialects.stages.shapes import GateDecision, StageShape
from orchestration.graph import JsonObject
from orchestration.handoffs import Entry, read_handoff
from orchestration.models import Run, StepRun
from orchestration.states import RunStatus, StepStatus

#: What a run waits for when somebody has to decide something about a stage.
DECISIONS = frozenset({"approval", "qa_escalation"})


class PipelineStatus(StrEnum):
    """Where a run of stages stands."""

    RUNNING = "running"
    PAUSED = "paused"  #: waits for something that is no decision about a stage
    AWAITING_APPROVAL = "awaiting_approval"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


class StageStatus(StrEnum):
    """Where a stage of a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"  #: at the gate behind it, or after a check that was not passed
    APPROVED = "approved"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Try:
    """One generation of a stage, by its last attempt."""

    generation: int
    attempts: int
    status: str
    output: JsonValue
    error: JsonValue
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StageOfRun:
    index: int
    node_id: str
    shape: StageShape
    status: StageStatus
    tries: tuple[Try, ...]
    gate: StepRun | None
    waiting_for: JsonObject | None
    waiting_node: str

    @property
    def latest(self) -> Try | None:
        return self.tries[-1] if self.tries else None

    @property
    def output(self) -> JsonObject:
        """Return what the last try left; empty where it left nothing."""
        left = self.latest.output if self.latest else None
        return left if isinstance(left, dict) else {}


_STATUSES = {
    RunStatus.RUNNING: PipelineStatus.RUNNING,
    RunStatus.PAUSED: PipelineStatus.PAUSED,
    RunStatus.COMPLETED: PipelineStatus.COMPLETED,
    RunStatus.FAILED: PipelineStatus.FAILED,
    RunStatus.CANCELLED: PipelineStatus.STOPPED,
}


def status_of(run: Run, waits: Iterable[str]) -> PipelineStatus:
    """Return where a run stands; `waits` are the types of what its steps wait for."""
    if not RunStatus(run.status).is_final and DECISIONS & set(waits):
        return PipelineStatus.AWAITING_APPROVAL
    return _STATUSES[RunStatus(run.status)]


def waits_of(runs: Sequence[Run]) -> Mapping[object, list[str]]:
    """Return the types of what the steps of these runs wait for, by the run's key, in one query."""
    found: dict[object, list[str]] = defaultdict(list)
    waiting = StepRun.objects.filter(run__in=[run.pk for run in runs], status=StepStatus.WAITING)
    for run_id, waiting_for in waiting.values_list("run_id", "waiting_for"):
        found[run_id].append(str((waiting_for or {}).get("type", "")))
    return found


def stages_in(definition: JsonObject, steps: Sequence[StepRun]) -> list[StageOfRun]:
    """Return the stages of a run in their order, from its version's definition and its steps."""
    by_node: dict[str, list[StepRun]] = defaultdict(list)
    for step in sorted(steps, key=lambda step: (step.generation, step.attempt)):
        by_node[step.node_id].append(step)
    sent_back = [(str(step.rewind["to"]), step.settled_seq or 0) for step in steps if step.rewind]
    return [
        _stage(place, shape, by_node[stage_id(place)], by_node[gate_id(place)], sent_back)
        for place, shape in enumerate(stages_of(definition))
    ]


def handoffs_in(stages: Iterable[StageOfRun]) -> list[Entry]:
    """Return what the stages that have run left for the next ones."""
    return [
        Entry(stage.shape.name, read_handoff(stage.output["handoff"])) for stage in stages if "handoff" in stage.output
    ]


def decision_of(gate: StepRun | None) -> JsonObject | None:
    """Return who decided what at a gate; None before that."""
    output = gate.output if gate is not None else None
    return output if isinstance(output, dict) and "decision" in output else None


def _stage(
    place: int, shape: StageShape, own: list[StepRun], gates: list[StepRun], sent_back: list[tuple[str, int]]
) -> StageOfRun:
    # A gate of an earlier time through is older than the stage's newest try: keys sort by time.
    gate = gates[-1] if gates and own and gates[-1].pk > own[-1].pk else None
    waiting = next((step for step in (*own[-1:], gate) if step and step.status == StepStatus.WAITING), None)
    is_to_come_again = bool(own) and _was_sent_back(place, own[-1], sent_back)
    return StageOfRun(
        index=place, node_id=stage_id(place), shape=shape,
        status=StageStatus.PENDING if is_to_come_again else _status(own, gate), tries=_tries(own),
        gate=None if is_to_come_again else gate, waiting_for=waiting.waiting_for if waiting else None,
        waiting_node=waiting.node_id if waiting else "",
    )  # fmt: skip


def _was_sent_back(place: int, newest: StepRun, sent_back: list[tuple[str, int]]) -> bool:
    """Say whether the run was sent back to before a stage after its newest try, so that another is still to come."""
    return any(
        newest.settled_seq is not None and newest.settled_seq <= seq and int(target.partition("-")[2]) <= place
        for target, seq in sent_back
    )


def _status(own: list[StepRun], gate: StepRun | None) -> StageStatus:  # noqa: PLR0911  # one line a status
    if not own:
        return StageStatus.PENDING
    match StepStatus(own[-1].status):
        case StepStatus.RUNNING | StepStatus.READY | StepStatus.SCHEDULED | StepStatus.LOST:
            return StageStatus.RUNNING
        case StepStatus.QUEUED:
            return StageStatus.PENDING
        case StepStatus.WAITING:
            return StageStatus.AWAITING_APPROVAL
        case StepStatus.FAILED:
            return StageStatus.FAILED
        case StepStatus.SKIPPED | StepStatus.CANCELLED:
            return StageStatus.SKIPPED
        case _:
            return _status_at_gate(gate)


def _status_at_gate(gate: StepRun | None) -> StageStatus:
    """Return the status of a stage that has done its work, by where the gate behind it stands."""
    if gate is not None and gate.status == StepStatus.WAITING:
        return StageStatus.AWAITING_APPROVAL
    decided = decision_of(gate)
    if decided is not None and decided["decision"] == GateDecision.APPROVE:
        return StageStatus.APPROVED
    return StageStatus.COMPLETED


def _tries(steps: list[StepRun]) -> tuple[Try, ...]:
    last = {step.generation: step for step in steps}
    return tuple(
        Try(
            generation, step.attempt, step.status, step.output, step.error, step.started_at, step.finished_at
        )
        for generation, step in last.items()
        if step.status != StepStatus.SKIPPED
    )  # fmt: skip
