"""The only writer of a run's and a step's status.

Every transition locks the run, checks that the step is still where it was, decides what follows, and writes outcome,
new steps, events and the run's status in one transaction.
"""

import contextlib
import functools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction

from agents.services.runs import agent_runs_ended
from orchestration import children, hints, journal, views, wait_journal
from orchestration.advance import Advance, Wait
from orchestration.errors import AnswerRefused, LeaseLost, RunFinished, StepNotWaiting
from orchestration.events import Event, EventKind, News, announce_on_commit
from orchestration.models import Run, StepRun
from orchestration.rows import Claim, LockedRun, StepRow
from orchestration.settling import settle
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import (
    PASSING_WAITS,
    Again,
    Answer,
    Answered,
    Arrived,
    Due,
    Failed,
    Rewind,
    StepError,
    Stop,
    Suspend,
    Waiting,
    Wake,
)
from orchestration.steps.registry import as_suspending, step_kind
from orchestration.waiting import tell_of_wait, tell_of_wait_end

#: A step whose worker falls silent this often is taken for the cause, and is not tried again.
MOST_LOSSES = 3

#: What wakes the step of this id, asked while its run is locked; None if nothing does any more.
CauseOf = Callable[[uuid.UUID], Wake | None]


def begin(run: Run) -> None:
    """Journal the first steps of a run that was just inserted, in the caller's transaction."""
    with _beginning(run) as advance:
        follow_up(advance, advance.carry_on(None))


def begin_failed(run: Run, error: StepError) -> None:
    """Journal that a run that was just inserted can't start, in the caller's transaction."""
    with _beginning(run) as advance:
        advance.error = error.as_json()
        advance.tell(EventKind.RUN_FAILED, error=advance.error)
        advance.write(RunStatus.FAILED)


def mark_started(claim: Claim) -> None:
    """Tell that a worker has begun an attempt. A crash before it loses the news and nothing else."""
    tell(claim.run_id, Event(EventKind.STEP_STARTED, {"node": claim.node_id, "attempt": claim.attempt}))


def tell(run_id: uuid.UUID, event: Event) -> None:
    """Append an event of an attempt under way. Where its run has ended meanwhile, nothing follows the last event."""
    _append(run_id, [event], even_if_ended=False)


def append(run_id: uuid.UUID, events: list[Event]) -> None:
    """Append events that change no status, in one statement of its own, to a run that may have ended long ago."""
    _append(run_id, events, even_if_ended=True)


def _append(run_id: uuid.UUID, events: list[Event], *, even_if_ended: bool) -> None:
    written = journal.append_events(run_id, events, even_if_ended=even_if_ended)
    if written is not None:
        announce_on_commit(News(written[0], written[1], run_id, written[2]))


def finish(claim: Claim, answer: Answer, *, worker: str | None = None) -> Claim | None:
    """Write a worker's answer.

    For a `worker` that goes on, claim the next step of the same run and queue for it and return that claim, if there
    is one. Raises LeaseLost, having written nothing, if the attempt is no longer the worker's.
    """
    with _locked(claim.run_id) as advance:
        if advance is None:
            raise LeaseLost
        if worker is not None:
            advance.worker, advance.worker_queue = worker, claim.queue
        if not settle(advance, claim, answer, was=StepStatus.RUNNING):
            raise LeaseLost
        _go_on(advance, claim, answer)
    return advance.taken


def wake(run_id: uuid.UUID, node_id: str, cause: Wake) -> None:
    """Ask the kind of a suspended step what its wait has come to, and write that.

    Raises StepNotWaiting if it does not wait, or no longer does, and AnswerRefused for an answer that the kind refuses.
    """
    _wake(run_id, node_id, lambda _step_id: cause)


def child_ended(step_id: uuid.UUID) -> None:
    """Wake the step whose child has ended; nothing happens where it no longer waits."""
    _wake_if(step_id, children.ended)


def take_kept_event(step_id: uuid.UUID) -> None:
    """Wake a step by the oldest event it waits for that its run has not taken yet, if there is one."""
    _wake_if(step_id, wait_journal.kept_event)


def time_is_over(step_id: uuid.UUID) -> None:
    """Wake a step that waits until a time which has come."""
    _wake_if(step_id, lambda waiting: Due() if wait_journal.is_due(waiting) else None)


def _wake_if(step_id: uuid.UUID, cause_of: CauseOf) -> None:
    step = StepRun.objects.only("run_id", "node_id").filter(pk=step_id, status=StepStatus.WAITING).first()
    if step is not None:
        with contextlib.suppress(StepNotWaiting):
            _wake(step.run_id, step.node_id, cause_of)


def _wake(run_id: uuid.UUID, node_id: str, cause_of: CauseOf) -> None:
    with _locked(run_id) as advance:
        claim = None if advance is None else wait_journal.waiting_step(run_id, node_id)
        # Under the lock: of two children that end at once, the later one must see what was started for the earlier.
        cause = None if claim is None else cause_of(claim.step_id)
        if advance is None or claim is None or cause is None:
            raise StepNotWaiting(f"The step {node_id!r} is not waiting for an answer.")
        answer = _answer_of(advance, claim, cause)
        if advance.run.status is RunStatus.PAUSED and not isinstance(answer, Suspend):
            advance.tell(EventKind.RUN_RESUMED, node=node_id)
        if isinstance(cause, Arrived):
            wait_journal.woken_by_event(claim.step_id, cause.event_id)
        settle(advance, claim, answer, was=StepStatus.WAITING)
        if not isinstance(answer, Suspend) and (claim.memo or {}).get("type") not in PASSING_WAITS:
            tell_of_wait_end(run_id, node_id)
        _go_on(advance, claim, answer)


def lose(claim: Claim) -> None:
    """Give up on an attempt whose lease ran out: try again, or fail the step if that has happened too often.

    A run that somebody holds is passed by. Whoever hangs with a run in his hands must not keep the sweeper from others.
    """
    with _locked(claim.run_id, or_pass=True) as advance:
        if advance is None or not _mark_lost(advance, claim, even_if_leased=False):
            return
        if claim.losses + 1 >= MOST_LOSSES:
            _fail_for_losses(advance, claim)
        else:
            advance.add_attempt(claim, losses=claim.losses + 1)
        follow_up(advance, advance.carry_on((claim.node_id,)))


def release(claim: Claim) -> None:
    """Hand back an attempt that its worker has no time for any more. It does not count as a loss."""
    with _locked(claim.run_id) as advance:
        if advance is not None and _mark_lost(advance, claim, even_if_leased=True):
            advance.add_attempt(claim, losses=claim.losses)
            advance.carry_on((claim.node_id,))


def cancel(run_id: uuid.UUID, *, by: str) -> None:
    """Stop a run: nothing new starts, and what runs is told to end. Raises RunFinished if it has ended."""
    with _locked(run_id) as advance:
        if advance is None:
            raise RunFinished("The run has already ended, so there is nothing to cancel.")
        _cancel(advance, by=by)


def follow_up(advance: Advance, status: RunStatus) -> None:
    """See to what a written transition brings with it beyond its run: its waits, its children, its parent."""
    run = advance.run
    for wait in advance.waits:
        _begin_wait(run, wait)
    if status.is_final:
        if advance.view.journal.waiting:
            tell_of_wait_end(run.id)
        if run.parent_step_id is not None:
            transaction.on_commit(functools.partial(child_ended, run.parent_step_id))
        if advance.view.journal.live:
            transaction.on_commit(functools.partial(cancel_children, run.id))


def cancel_children(run_id: uuid.UUID) -> None:
    """Stop the children that an ended run has left."""
    for child_id in children.unfinished_of(run_id):
        with contextlib.suppress(RunFinished):
            cancel(child_id, by="The run above it ended.")


def _begin_wait(run: LockedRun, wait: Wait) -> None:
    suspend = wait.suspend
    children.start(run, wait, follow_up=follow_up)
    if suspend.due_ms is not None:
        transaction.on_commit(functools.partial(hints.wake_later, suspend.due_ms))
    if suspend.event is not None:
        transaction.on_commit(functools.partial(take_kept_event, wait.step_id))
    if suspend.waiting_for.get("type") not in PASSING_WAITS:
        tell_of_wait(run, wait)


def _go_on(advance: Advance, claim: Claim, answer: Answer | Again) -> None:
    """Carry on behind a step that was settled, or end the run where the answer says so."""
    if isinstance(answer, Stop):
        _cancel(advance, by=answer.by)
        return
    # Going back changes what stands before the step, so the whole graph is looked at.
    changed = None if isinstance(answer, Rewind) else (claim.node_id,)
    follow_up(advance, advance.carry_on(changed))


def _cancel(advance: Advance, *, by: str) -> None:
    advance.tell(EventKind.RUN_CANCELLED, by=by)
    advance.write(RunStatus.CANCELLED, cancelled_by=by)
    follow_up(advance, RunStatus.CANCELLED)


def _answer_of(advance: Advance, claim: Claim, cause: Wake) -> Answer | Again:
    node = advance.view.graph.by_id[claim.node_id]
    state = advance.view.state_for(node.id, wave=claim.wave)
    waiting = Waiting(node, state, claim.memo or {}, cause, claim.generation)
    try:
        return as_suspending(step_kind(node.kind)).woken(waiting)
    except ValueError as error:
        if isinstance(cause, Answered):
            raise AnswerRefused(str(error)) from error
        return Failed(StepError("step_failed", str(error)), is_retryable=False)


@contextmanager
def _beginning(run: Run) -> Iterator[Advance]:
    locked = LockedRun.of(run)
    try:
        advance = Advance(locked, views.view_of(locked))
        advance.tell(EventKind.RUN_STARTED, title=run.title, trigger=run.trigger)
        yield advance
    except BaseException:
        views.forget(run.pk)
        raise


@contextmanager
def _locked(run_id: uuid.UUID, *, or_pass: bool = False) -> Iterator[Advance | None]:
    """Hold the row of a run that has not ended; None for one that has, or that is gone, or is passed by."""
    try:
        with transaction.atomic():
            run = journal.lock_run(run_id, or_pass=or_pass)
            yield None if run is None or run.status.is_final else Advance(run, views.view_of(run))
    except BaseException:
        views.forget(run_id)
        raise


def _mark_lost(advance: Advance, claim: Claim, *, even_if_leased: bool) -> bool:
    advance.tell(EventKind.STEP_LOST, node=claim.node_id, attempt=claim.attempt)
    return journal.lose_step(claim.step_id, even_if_leased=even_if_leased)


def _fail_for_losses(advance: Advance, claim: Claim) -> None:
    """Settle a step whose workers keep dying: the lost attempts stay as they are, and one more row says why."""
    error = StepError(
        "step_kills_worker",
        f"The worker fell silent {MOST_LOSSES} times while it carried out this step, so it is not tried again. "
        "It may need more memory than the machine has.",
    )
    row = StepRow.after(
        claim, kind=advance.view.graph.by_id[claim.node_id].kind, status=StepStatus.FAILED, losses=claim.losses + 1
    )
    seq = advance.tell(EventKind.STEP_FAILED, node=claim.node_id, attempt=row.attempt, error=error.as_json())
    advance.rows.append(row.settled(seq, status=StepStatus.FAILED, error=error.as_json()))
    advance.failed(claim.node_id, claim.wave, error)
    # The run may go on past this step, and nobody else will say what became of the agent.
    agent_runs_ended(run_id=claim.run_id, node_id=claim.node_id, error=error.as_json())
