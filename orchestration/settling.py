"""What an answer makes of its step: written to the journal and taken up into the view, if the step is still there."""

import random

from pydantic import JsonValue

from orchestration import journal, wait_journal
from orchestration.advance import Advance, first_status
from orchestration.events import EventKind
from orchestration.rows import Claim
from orchestration.scheduler import NodeState
from orchestration.states import StepStatus
from orchestration.steps.base import Again, Answer, Failed, Ok, Rewind, Route, StepError, Stop, Suspend, Terminal

#: How many runs may stand above a run.
MOST_DEPTH = 10


def settle(advance: Advance, claim: Claim, answer: Answer | Again, *, was: StepStatus) -> bool:  # noqa: PLR0911  # one line an answer
    """Write an answer to the step if it is still `was`; return whether it was."""
    match answer:
        case Suspend(children=children) if children and advance.run.depth >= MOST_DEPTH:
            return _fail(advance, claim, _too_deep(), was=was, is_retryable=False)
        case Suspend():
            advance.suspended(claim.step_id, claim.node_id, answer)
            return wait_journal.suspend_step(claim.step_id, answer, was=was)
        case Again():
            status = first_status(claim.agent_id)
            advance.view.put(claim.node_id, NodeState(status))
            advance.offered[claim.queue] += status is StepStatus.READY
            return wait_journal.ready_again(claim.step_id, claim.memo, status=status)
        case Failed(error, is_retryable):
            return _fail(advance, claim, error, was=was, is_retryable=is_retryable)
        case Rewind():
            return _rewind(advance, claim, answer, was=was)
        case Stop(output=output):
            return _complete(advance, claim, Ok(output), was=was)
        case _:
            return _complete(advance, claim, answer, was=was)


def _complete(advance: Advance, claim: Claim, answer: Ok | Route | Terminal, *, was: StepStatus) -> bool:
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


def _rewind(advance: Advance, claim: Claim, answer: Rewind, *, was: StepStatus) -> bool:
    seq = advance.tell(EventKind.STEP_COMPLETED, node=claim.node_id, attempt=claim.attempt, route=None)
    advance.tell(EventKind.RUN_REWOUND, node=claim.node_id, to=answer.target, generation=claim.generation + 1)
    view = advance.view
    behind = [node_id for node_id in view.graph.descendants(answer.target) if node_id in view.journal.live]
    journal.cancel_nodes(claim.run_id, behind, but=claim.step_id)
    view.rewind(answer.target, answer.feedback)
    return journal.finish_step(
        claim.step_id, was=was, status=StepStatus.COMPLETED, output=answer.output, settled_seq=seq,
        rewind={"to": answer.target, "feedback": answer.feedback},
    )  # fmt: skip


def _too_deep() -> StepError:
    return StepError(
        "runs_too_deep", f"Runs are nested {MOST_DEPTH} deep already. Look for a pipeline that starts itself."
    )
