"""Carries a decision out: what one transition writes about a run, gathered and written in a few statements.

Pure steps are evaluated here, one after another as they become ready, in the same transaction.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from pydantic import JsonValue

from agents.services.runs import agent_runs_ended
from console.ids import new_id
from orchestration import admission, hints, journal
from orchestration.events import Event, EventKind, News, announce_on_commit
from orchestration.fold import Outcome
from orchestration.graph import JsonObject, Node
from orchestration.outputs import ensure_small
from orchestration.rows import Claim, LockedRun, StepRow
from orchestration.scheduler import NodeState, decide
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import PASSING_WAITS, Failed, Ok, PureStep, Route, StepError, Suspend, Terminal
from orchestration.steps.registry import as_effect, as_pure, step_kind
from orchestration.view import RunView

_FINAL_EVENTS = {
    RunStatus.COMPLETED: EventKind.RUN_COMPLETED,
    RunStatus.FAILED: EventKind.RUN_FAILED,
    RunStatus.PAUSED: EventKind.RUN_PAUSED,
}


@dataclass(frozen=True, slots=True)
class Wait:
    """A step that this transition suspends."""

    step_id: uuid.UUID
    node_id: str
    suspend: Suspend


@dataclass
class Advance:
    """One transition of a locked run. `worker` takes over the first step of its queue that becomes ready."""

    run: LockedRun
    view: RunView
    worker: str = ""
    worker_queue: str = ""
    taken: Claim | None = None
    rows: list[StepRow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    #: Steps that are ready without being new, by queue.
    offered: Counter[str] = field(default_factory=Counter)
    error: JsonObject | None = None

    def tell(self, kind: EventKind, **data: JsonValue) -> int:
        """Append an event and return its number."""
        self.events.append(Event(kind, data))
        return self.run.seq + len(self.events)

    def carry_on(self, changed: Iterable[str] | None) -> RunStatus:
        """Start and skip what follows from the nodes that changed, and write everything."""
        status = self.plan(changed)
        self.write(status)
        return status

    def plan(self, changed: Iterable[str] | None) -> RunStatus:
        """Gather what follows from the nodes that changed, without writing; return what becomes of the run."""
        news = None if changed is None else tuple(changed)
        while True:
            waits = len(self.waits)
            decision = decide(self.view.graph, self.view.journal, changed=news)
            settled = [self._skip(node_id) for node_id in decision.skip]
            if decision.start:
                waves = {node_id: self.view.next_wave(node_id) for node_id in decision.start}
                self.view.wave = max(waves.values())
                settled += [node_id for node_id, wave in waves.items() if self._start(node_id, wave)]
            # A step that waits from its start on leaves nothing to follow, but may leave the run with nothing else.
            if not decision.start or not (settled or len(self.waits) > waits):
                break
            news = tuple(settled)
        if decision.failed_node is not None:
            failure = self.view.outcomes[decision.failed_node].error
            self.error = {**(failure if isinstance(failure, dict) else {}), "node_id": decision.failed_node}
        if decision.status is not self.run.status and decision.status in _FINAL_EVENTS:
            self.tell(_FINAL_EVENTS[decision.status], **({} if self.error is None else {"error": self.error}))
        return decision.status

    def write(self, status: RunStatus, *, cancelled_by: str | None = None) -> None:
        """Write rows and events and the run's new status, and tell whoever is to know after the commit."""
        seq = self.run.seq + len(self.events)
        journal.insert_steps(self.run, self.rows)
        journal.insert_events(self.run, self.events)
        journal.update_run(
            self.run, seq=seq, wave=self.view.wave, status=status, error=self.error, cancelled_by=cancelled_by
        )
        self.view.seq = seq
        if status.is_final:
            self._end()
        self._tell_after_commit(seq)

    def suspended(self, step_id: uuid.UUID, node_id: str, suspend: Suspend) -> None:
        """Take it up into the view that a step waits, and tell it."""
        self.tell(EventKind.STEP_WAITING, node=node_id, waiting_for=suspend.waiting_for)
        passes = suspend.waiting_for.get("type") in PASSING_WAITS
        self.view.put(node_id, NodeState(StepStatus.WAITING, passes=passes))
        self.waits.append(Wait(step_id, node_id, suspend))

    def completed(self, node_id: str, wave: int, answer: Ok | Route | Terminal) -> None:
        """Take a good answer up into the view."""
        route = answer.key if isinstance(answer, Route) else None
        self.view.put(
            node_id,
            NodeState(StepStatus.COMPLETED, route, ends_run=isinstance(answer, Terminal)),
            Outcome(node_id, wave, StepStatus.COMPLETED, answer.output),
        )

    def failed(self, node_id: str, wave: int, error: StepError) -> None:
        """Take a failure for good up into the view."""
        outcome = Outcome(node_id, wave, StepStatus.FAILED, error=error.as_json())
        self.view.put(node_id, NodeState(StepStatus.FAILED), outcome)

    def add_attempt(self, claim: Claim, *, losses: int, delay_ms: int | None = None) -> None:
        """Add the attempt after `claim`, at once or after a delay.

        At once it takes the slot over that the last one had, with nobody admitted in between.
        """
        kind = self.view.graph.by_id[claim.node_id].kind
        effect = as_effect(step_kind(kind))
        status = StepStatus.READY if delay_ms is None else StepStatus.SCHEDULED
        self.rows.append(
            StepRow.after(claim, kind=kind, status=status, losses=losses, queue=effect.queue, delay_ms=delay_ms)
        )
        self.view.put(claim.node_id, NodeState(status))
        if delay_ms is not None:
            transaction.on_commit(lambda: hints.wake_later(delay_ms))

    def _skip(self, node_id: str) -> str:
        seq = self.tell(EventKind.STEP_SKIPPED, node=node_id)
        node, wave = self.view.graph.by_id[node_id], self.view.wave
        self.rows.append(
            StepRow(
                id=new_id(), node_id=node_id, kind=node.kind, wave=wave, status=StepStatus.SKIPPED, settled_seq=seq,
                generation=self._generation(node_id),
            )
        )  # fmt: skip
        self.view.put(node_id, NodeState(StepStatus.SKIPPED), Outcome(node_id, wave, StepStatus.SKIPPED))
        return node_id

    def _start(self, node_id: str, wave: int) -> bool:
        """Start a node; return whether it is settled already."""
        node = self.view.graph.by_id[node_id]
        kind = step_kind(node.kind)
        pure = as_pure(kind)
        if pure is not None:
            return self._evaluate(node, pure, wave)
        effect = as_effect(kind)
        agent_id = effect.agent_id(node)
        row = StepRow(
            id=new_id(), node_id=node_id, kind=node.kind, wave=wave, status=first_status(agent_id),
            queue=effect.queue, agent_id=agent_id, generation=self._generation(node_id),
        )  # fmt: skip
        self.rows.append(self._take_over(row))
        self.view.put(node_id, NodeState(row.status))
        return False

    def _generation(self, node_id: str) -> int:
        return self.view.generation.get(node_id, 0)

    def _evaluate(self, node: Node, kind: PureStep, wave: int) -> bool:
        """Evaluate a pure step; return whether it is settled, and does not wait."""
        answer: Ok | Route | Terminal | Suspend | Failed
        try:
            answer = kind.evaluate(node, self.view.state_for(node.id, wave=wave))
            if not isinstance(answer, Suspend):
                ensure_small(answer.output)
        except ValueError as error:
            answer = Failed(StepError("step_failed", str(error)), is_retryable=False)
        row = StepRow(
            id=new_id(), node_id=node.id, kind=node.kind, wave=wave, status=StepStatus.COMPLETED,
            generation=self._generation(node.id),
        )  # fmt: skip
        if isinstance(answer, Suspend):
            self.rows.append(row.waiting(answer))
            self.suspended(row.id, node.id, answer)
            return False
        if isinstance(answer, Failed):
            error_json = answer.error.as_json()
            seq = self.tell(EventKind.STEP_FAILED, node=node.id, attempt=1, error=error_json)
            self.rows.append(row.settled(seq, status=StepStatus.FAILED, error=error_json))
            self.failed(node.id, wave, answer.error)
            return True
        route = answer.key if isinstance(answer, Route) else None
        seq = self.tell(EventKind.STEP_COMPLETED, node=node.id, attempt=1, route=route)
        self.rows.append(row.settled(seq, output=answer.output, route=route))
        self.completed(node.id, wave, answer)
        return True

    def _take_over(self, row: StepRow) -> StepRow:
        """Give a ready step to the worker that is here anyway, if it serves the queue and has none yet."""
        if self.taken is not None or row.status is not StepStatus.READY or row.queue != self.worker_queue:
            return row
        self.taken = row.claimed_for(self.run)
        self.tell(EventKind.STEP_STARTED, node=row.node_id, attempt=row.attempt)
        return row.running(self.worker)

    def _end(self) -> None:
        """Let go of what the ended run still had under way."""
        agent_runs_ended(run_id=self.run.id, error=self.error)
        if self.view.journal.live:
            run_id = self.run.id
            journal.cancel_steps(run_id)
            transaction.on_commit(lambda: hints.stop(run_id))

    def _tell_after_commit(self, seq: int) -> None:
        run = self.run
        announce_on_commit(News(run.organization_id, run.project_id, run.id, seq))
        ready = self.offered + Counter(row.queue for row in self.rows if row.status is StepStatus.READY)
        for queue, count in ready.items():
            transaction.on_commit(lambda queue=queue, count=count: hints.wake(queue, count))  # type: ignore[misc]
        if any(row.status is StepStatus.QUEUED for row in self.rows):
            transaction.on_commit(lambda: admission.admit(run.organization_id))


def first_status(agent_id: uuid.UUID | None) -> StepStatus:
    """Return where a step begins: one that counts against an agent's cap waits to be admitted."""
    return StepStatus.READY if agent_id is None else StepStatus.QUEUED
