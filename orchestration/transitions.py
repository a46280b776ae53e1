"""The only writer of a run's and a step's status.

Every transition locks the run, checks that the step is still where it was, decides what follows, and writes outcome,
new steps, events and the run's status in one transaction.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pydantic import JsonValue

from agents.services.runs import agent_runs_ended
from orchestration import journal, views
from orchestration.advance import Advance
from orchestration.errors import LeaseLost, RunFinished, StepNotWaiting
from orchestration.events import Event, EventKind, News, announce_on_commit
from orchestration.models import Run
from orchestration.rows import Claim, LockedRun, StepRow
from orchestration.scheduler import NodeState
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import Answer, Failed, Route, StepError, Suspend

#: A step whose worker falls silent this often is taken for the cause, and is not tried again.
MOST_LOSSES = 3


def begin(run: Run) -> None:
    """Journal the first steps of a run that was just inserted, in the caller's transaction."""
    locked = LockedRun.of(run)
    try:
        advance = Advance(locked, views.view_of(locked))
        advance.tell(EventKind.RUN_STARTED, title=run.title, trigger=run.trigger)
        advance.carry_on(None)
    except BaseException:
        views.forget(run.pk)
        raise


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
        if not _settle(advance, claim, answer, was=StepStatus.RUNNING):
            raise LeaseLost
        advance.carry_on((claim.node_id,))
    return advance.taken


def resume(run_id: uuid.UUID, node_id: str, answer: Answer) -> None:
    """Write the answer that a waiting step was suspended for; raise StepNotWaiting if it is not waiting."""
    with _locked(run_id) as advance:
        claim = None if advance is None else journal.waiting_step(run_id, node_id)
        if advance is None or claim is None:
            raise StepNotWaiting(f"The step {node_id!r} is not waiting for an answer.")
        advance.tell(EventKind.RUN_RESUMED, node=node_id)
        _settle(advance, claim, answer, was=StepStatus.WAITING)
        advance.carry_on((node_id,))


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
        advance.carry_on((claim.node_id,))


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
        advance.tell(EventKind.RUN_CANCELLED, by=by)
        advance.write(RunStatus.CANCELLED, cancelled_by=by)


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


def _settle(advance: Advance, claim: Claim, answer: Answer, *, was: StepStatus) -> bool:
    """Write an answer to the step if it is still `was`; return whether it was."""
    match answer:
        case Suspend(waiting_for):
            advance.tell(EventKind.STEP_WAITING, node=claim.node_id, waiting_for=waiting_for)
            advance.view.put(claim.node_id, NodeState(StepStatus.WAITING))
            return journal.finish_step(claim.step_id, was=was, status=StepStatus.WAITING, waiting_for=waiting_for)
        case Failed(error, is_retryable):
            return _fail(advance, claim, error, was=was, is_retryable=is_retryable)
        case _:
            route = answer.key if isinstance(answer, Route) else None
            seq = advance.tell(EventKind.STEP_COMPLETED, node=claim.node_id, attempt=claim.attempt, route=route)
            advance.completed(claim.node_id, claim.wave, answer)
            return journal.finish_step(
                claim.step_id, was=was, status=StepStatus.COMPLETED, output=answer.output, route=route, settled_seq=seq
            )


def _fail(advance: Advance, claim: Claim, error: StepError, *, was: StepStatus, is_retryable: bool) -> bool:
    policy = advance.view.graph.by_id[claim.node_id].retry
    tries = claim.attempt - claim.losses
    delay_ms = policy.delay_ms(attempt=tries, chance=random.random()) if is_retryable else None  # noqa: S311  # jitter
    told: dict[str, JsonValue] = {"node": claim.node_id, "attempt": claim.attempt, "error": error.as_json()}
    if delay_ms is not None:
        advance.tell(EventKind.STEP_RETRYING, **told, delay_ms=delay_ms)
        advance.add_attempt(claim, losses=claim.losses, delay_ms=delay_ms)
        seq = None
    else:
        seq = advance.tell(EventKind.STEP_FAILED, **told)
        advance.failed(claim.node_id, claim.wave, error)
    return journal.finish_step(claim.step_id, was=was, status=StepStatus.FAILED, error=error.as_json(), settled_seq=seq)


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
