"""The rows the engine passes about: what it reads from the journal and what it writes to it."""

import uuid
from dataclasses import dataclass, replace

from pydantic import JsonValue

from console.ids import new_id
from orchestration.graph import JsonObject
from orchestration.models import PipelineVersion, Run
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import EventKey, Suspend


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt that a worker holds the lease of."""

    step_id: uuid.UUID
    run_id: uuid.UUID
    organization_id: uuid.UUID
    node_id: str
    generation: int
    attempt: int
    losses: int
    wave: int
    queue: str
    agent_id: uuid.UUID | None
    project_id: uuid.UUID
    pipeline_id: uuid.UUID
    version_id: uuid.UUID
    #: What it waited for last, where it was suspended.
    memo: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class LockedRun:
    """A run whose row this transaction holds."""

    id: uuid.UUID
    organization_id: uuid.UUID
    project_id: uuid.UUID
    pipeline_id: uuid.UUID
    version_id: uuid.UUID
    status: RunStatus
    seq: int
    wave: int
    parent_step_id: uuid.UUID | None = None
    depth: int = 0

    @classmethod
    def of(cls, run: Run) -> "LockedRun":
        """Return a run that this transaction has just inserted, and so holds."""
        return cls(
            run.pk, run.organization_id, run.project_id, run.pipeline_id, run.version_id, RunStatus(run.status),
            run.seq, run.wave, run.parent_step_id, run.depth,
        )  # fmt: skip

    @classmethod
    def child(cls, parent: "LockedRun", step_id: uuid.UUID, version: PipelineVersion) -> "LockedRun":
        """Return a run to be started for a step of `parent`."""
        return cls(
            new_id(), parent.organization_id, version.pipeline.project_id, version.pipeline_id, version.pk,
            RunStatus.RUNNING, 0, 0, step_id, parent.depth + 1,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step to be inserted."""

    id: uuid.UUID
    node_id: str
    kind: str
    wave: int
    status: StepStatus
    generation: int = 0
    attempt: int = 1
    losses: int = 0
    queue: str = ""
    agent_id: uuid.UUID | None = None
    output: JsonValue = None
    route: str | None = None
    error: JsonObject | None = None
    delay_ms: int | None = None
    claimed_by: str = ""
    settled_seq: int | None = None
    waiting_for: JsonObject | None = None
    event_name: str = ""
    event_key: str = ""

    @classmethod
    def after(
        cls, claim: Claim, *, kind: str, status: StepStatus, losses: int, queue: str = "", delay_ms: int | None = None
    ) -> "StepRow":
        """Return the attempt that follows `claim`."""
        return cls(
            id=new_id(), node_id=claim.node_id, kind=kind, wave=claim.wave, status=status,
            generation=claim.generation, attempt=claim.attempt + 1, losses=losses, queue=queue,
            agent_id=claim.agent_id, delay_ms=delay_ms,
        )  # fmt: skip

    def settled(
        self,
        seq: int,
        *,
        status: StepStatus = StepStatus.COMPLETED,
        output: JsonValue = None,
        route: str | None = None,
        error: JsonObject | None = None,
    ) -> "StepRow":
        return replace(self, status=status, settled_seq=seq, output=output, route=route, error=error)

    def waiting(self, suspend: Suspend) -> "StepRow":
        event = suspend.event or EventKey("")
        return replace(
            self, status=StepStatus.WAITING, waiting_for=suspend.waiting_for, delay_ms=suspend.due_ms,
            event_name=event.name, event_key=event.key,
        )  # fmt: skip

    def running(self, worker: str) -> "StepRow":
        return replace(self, status=StepStatus.RUNNING, claimed_by=worker)

    def claimed_for(self, run: LockedRun) -> Claim:
        return Claim(
            self.id, run.id, run.organization_id, self.node_id, self.generation, self.attempt, self.losses, self.wave,
            self.queue, self.agent_id, run.project_id, run.pipeline_id, run.version_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A step as the view of a run takes it up."""

    node_id: str
    wave: int
    status: StepStatus
    route: str | None
    output: JsonValue
    error: JsonValue
    settled_seq: int | None
    generation: int
    rewind: JsonValue = None
    waits_for: str | None = None
