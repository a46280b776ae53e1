"""The statements about steps that wait: suspended with what they wait for, and what has come of it."""

import uuid

from django.db import connection

from orchestration.graph import JsonObject
from orchestration.journal import STEPS, as_text, claim_of, fetch_one, loaded
from orchestration.rows import Claim
from orchestration.states import StepStatus
from orchestration.steps.base import Arrived, EventKey, Suspend

_SUSPEND = """
UPDATE orchestration_steprun
SET status = %s, waiting_for = %s::jsonb, due_at = clock_timestamp() + %s::bigint * interval '1 millisecond',
    event_name = %s, event_key = %s, lease_expires_at = NULL
WHERE id = %s AND status = %s
"""

_WAITING_STEP = f"{STEPS} WHERE s.run_id = %s AND s.node_id = %s AND s.status = 'waiting' FOR UPDATE OF s"

_WOKEN_BY = "UPDATE orchestration_steprun SET event_id = %s WHERE id = %s"

_IS_DUE = "SELECT due_at <= clock_timestamp() FROM orchestration_steprun WHERE id = %s"

_KEPT_EVENT = """
SELECT e.payload, e.id
FROM orchestration_steprun AS s
JOIN orchestration_run AS r ON r.id = s.run_id
JOIN orchestration_receivedevent AS e
  ON e.project_id = r.project_id AND e.name = s.event_name AND e.key = s.event_key AND e.created_at >= r.created_at
WHERE s.id = %s AND s.status = 'waiting' AND s.event_name <> ''
  AND NOT EXISTS (SELECT FROM orchestration_steprun AS t WHERE t.run_id = s.run_id AND t.event_id = e.id)
ORDER BY e.id LIMIT 1
"""


def suspend_step(step_id: uuid.UUID, suspend: Suspend, *, was: StepStatus) -> bool:
    """Let an attempt wait, if it is still `was`; return whether it was."""
    event = suspend.event or EventKey("")
    return _suspend(step_id, was, StepStatus.WAITING, suspend.waiting_for, suspend.due_ms, event)


def ready_again(step_id: uuid.UUID, memo: JsonObject | None, *, status: StepStatus) -> bool:
    """Offer an attempt that waits to the workers once more; return whether it still waited."""
    return _suspend(step_id, StepStatus.WAITING, status, memo, None, EventKey(""))


def _suspend(
    step_id: uuid.UUID,
    was: StepStatus,
    status: StepStatus,
    waiting_for: JsonObject | None,
    due_ms: int | None,
    event: EventKey,
) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _SUSPEND, [status.value, as_text(waiting_for), due_ms, event.name, event.key, step_id, was.value]
        )
        return bool(cursor.rowcount == 1)


def waiting_step(run_id: uuid.UUID, node_id: str) -> Claim | None:
    """Return the attempt at a node that is suspended, locked, if there is one."""
    row = fetch_one(_WAITING_STEP, [run_id, node_id])
    return None if row is None else claim_of(row)


def woken_by_event(step_id: uuid.UUID, event_id: uuid.UUID) -> None:
    """Note which received event woke a step."""
    with connection.cursor() as cursor:
        cursor.execute(_WOKEN_BY, [event_id, step_id])


def is_due(step_id: uuid.UUID) -> bool:
    """Say whether the time has come until which a step waits."""
    row = fetch_one(_IS_DUE, [step_id])
    return row is not None and row[0] is True


def kept_event(step_id: uuid.UUID) -> Arrived | None:
    """Return the oldest event for a waiting step that its run has not taken yet."""
    row = fetch_one(_KEPT_EVENT, [step_id])
    return None if row is None else Arrived(loaded(row[0]), row[1])
