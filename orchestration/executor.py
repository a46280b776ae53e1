"""Carries out steps: claim one, keep its lease, do it, write what became of it, go on to the next."""

import logging
import time
from collections.abc import Mapping

from django.db import Error
from pydantic import JsonValue
from structlog.contextvars import bound_contextvars

from console.ids import to_public
from orchestration import admission, handing_back, hints, journal, leaving, outputs, transitions, views
from orchestration.errors import LeaseLost
from orchestration.events import Event, EventKind
from orchestration.graph import Node
from orchestration.leases import Lease, keeper
from orchestration.models import Run, StepRun
from orchestration.rows import Claim
from orchestration.steps.base import Answer, Failed, StepContext, StepError
from orchestration.steps.registry import as_effect, step_kind
from orchestration.workers import worker_name

log = logging.getLogger(__name__)

#: After a step that took longer, its end is written over another connection: the old one may have died meanwhile.
LONG_STEP_SECONDS = 1.0
#: How long a worker serves one hint before it lets other messages of the queue through.
SLICE_SECONDS = 1.0


def drain(queue: str) -> int:
    """Carry out ready steps of a queue until none is left or the slice is over; return how many."""
    hints.taken(queue)
    until = time.monotonic() + SLICE_SECONDS
    done = 0
    while time.monotonic() < until and not leaving.is_leaving():
        claim = journal.claim(queue, worker_name())
        if claim is None:
            return done
        done += _carry_out_chain(claim)
    hints.wake(queue)
    return done


def _carry_out_chain(claim: Claim) -> int:
    """Carry out a step and those that the engine hands over right behind it."""
    done = 0
    following: Claim | None = claim
    while following is not None:
        claim = following
        # Of a step that was handed over it was told, with the outcome before it, that it has begun.
        with bound_contextvars(
            run=to_public(Run.ID_PREFIX, claim.run_id), step=to_public(StepRun.ID_PREFIX, claim.step_id),
            attempt=claim.attempt,
        ):  # fmt: skip
            following = _carry_out(claim, is_told=done > 0)
        done += 1
    return done


def _carry_out(claim: Claim, *, is_told: bool) -> Claim | None:
    try:
        if not is_told:
            transitions.mark_started(claim)
        node = views.graph_of(claim.version_id).by_id[claim.node_id]
        began = time.monotonic()
        with keeper().hold(claim, timeout_seconds=node.timeout_seconds) as lease:
            answer = _perform(claim, node, lease)
        if time.monotonic() - began > LONG_STEP_SECONDS:
            handing_back.let_go_of_the_database()
        return None if lease.is_lost else _end(claim, answer, lease)
    except LeaseLost:
        log.info("the step is no longer ours")
        return None
    except Error as error:
        log.warning("the database failed: %s", error)
        handing_back.hand_back(claim)
        return None
    finally:
        if claim.agent_id is not None:
            admission.admit(claim.organization_id)


def _end(claim: Claim, answer: Answer, lease: Lease) -> Claim | None:
    """Write what became of a step and return what this worker goes on with; one that leaves may hand the step back."""
    if lease.is_to_be_handed_back and isinstance(answer, Failed):
        log.info("the step is handed back: its worker stops")
        handing_back.hand_back(claim)
        return None
    return transitions.finish(claim, answer, worker=None if leaving.is_leaving() else worker_name())


def _perform(claim: Claim, node: Node, lease: Lease) -> Answer:
    def emit(kind: str, data: Mapping[str, JsonValue]) -> None:
        transitions.tell(claim.run_id, Event(EventKind(kind), {"node": node.id, **data}))

    context = StepContext(
        step_id=claim.step_id, run_id=claim.run_id, organization_id=claim.organization_id,
        project_id=claim.project_id, pipeline_id=claim.pipeline_id, node=node, attempt=claim.attempt,
        input=views.view_for_step(claim).state_for(node.id, wave=claim.wave), stop=lease.stop, emit=emit,
        memo=claim.memo, generation=claim.generation,
    )  # fmt: skip
    try:
        answer = outputs.kept(context, as_effect(step_kind(node.kind)).perform(context))
    except Error:
        raise
    except Exception as error:
        log.exception("the step failed unexpectedly")
        answer = Failed(StepError("step_crashed", f"The step failed unexpectedly: {type(error).__name__}: {error}"))
    if lease.is_late and isinstance(answer, Failed):
        answer = Failed(StepError("step_timeout", f"The step took longer than {node.timeout_seconds} s."))
    return answer
