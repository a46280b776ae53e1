"""Makes up for what was lost: workers that fell silent, hints that never arrived, waits that are over.

It runs every few seconds and whenever a short wait ends. Running it twice, or at the same time, changes nothing.
"""

import contextlib
import logging
from typing import Any

from django.db import connection

from orchestration import admission, hints, journal, transitions
from orchestration.errors import RunFinished

log = logging.getLogger(__name__)

#: Attempts given up in one sweep; the next sweep takes the rest.
BATCH = 200

_DUE = """
UPDATE orchestration_steprun AS s
SET status = CASE WHEN s.agent_id IS NULL THEN 'ready' ELSE 'queued' END
FROM (
    SELECT id FROM orchestration_steprun WHERE status = 'scheduled' AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT 1000 FOR UPDATE SKIP LOCKED
) AS due
WHERE s.id = due.id
"""

_WAITS_DUE = """
SELECT id FROM orchestration_steprun WHERE status = 'waiting' AND due_at <= clock_timestamp()
ORDER BY due_at LIMIT %s
"""

_CHILDREN_ENDED = """
SELECT s.id FROM orchestration_steprun AS s
WHERE s.status = 'waiting' AND s.waiting_for ->> 'type' = 'children'
  AND NOT EXISTS (SELECT FROM orchestration_run AS c WHERE c.parent_step_id = s.id AND c.finished_at IS NULL)
LIMIT %s
"""

_EVENTS_KEPT = """
SELECT s.id FROM orchestration_steprun AS s
JOIN orchestration_run AS r ON r.id = s.run_id
WHERE s.status = 'waiting' AND s.event_name <> '' AND EXISTS (
    SELECT FROM orchestration_receivedevent AS e
    WHERE e.project_id = r.project_id AND e.name = s.event_name AND e.key = s.event_key AND e.created_at >= r.created_at
      AND NOT EXISTS (SELECT FROM orchestration_steprun AS t WHERE t.run_id = s.run_id AND t.event_id = e.id)
) LIMIT %s
"""

_ORPHANS = """
SELECT c.id FROM orchestration_run AS c
JOIN orchestration_steprun AS s ON s.id = c.parent_step_id
JOIN orchestration_run AS p ON p.id = s.run_id
WHERE c.finished_at IS NULL AND c.parent_step_id IS NOT NULL
  AND (p.finished_at IS NOT NULL OR s.finished_at IS NOT NULL)
LIMIT %s
"""

#: No lease is granted for longer: one that is was granted before the clock was put back.
_SHORTEN = f"""
UPDATE orchestration_steprun SET lease_expires_at = clock_timestamp() + interval '{journal.LEASE_SECONDS} seconds'
WHERE status = 'running' AND lease_expires_at > clock_timestamp() + interval '{journal.LEASE_SECONDS + 1} seconds'
"""  # noqa: S608  # a constant of ours

_QUEUES_WITH_WORK = """
SELECT queue, count(*) FROM orchestration_steprun WHERE status = 'ready' GROUP BY queue
"""


def sweep() -> None:
    shorten_leases()
    for claim in journal.expired(BATCH):
        log.warning("step %s attempt %s: its worker fell silent", claim.step_id, claim.attempt)
        transitions.lose(claim)
    wake_due()
    wake_waits()
    admission.admit_everywhere()
    for queue, count in _queues_with_work():
        hints.wake(queue, count)


def shorten_leases() -> None:
    """Let no lease outlast its length, whatever was done to the clock."""
    with connection.cursor() as cursor:
        cursor.execute(_SHORTEN)


def wake_due() -> None:
    """Let steps go on whose wait is over."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)


def wake_waits() -> None:
    """Wake the suspended steps whose time is over, whose children have ended or whose event has come."""
    for (step_id,) in _rows(_WAITS_DUE):
        transitions.time_is_over(step_id)
    for (step_id,) in _rows(_CHILDREN_ENDED):
        transitions.child_ended(step_id)
    for (step_id,) in _rows(_EVENTS_KEPT):
        transitions.take_kept_event(step_id)
    for (run_id,) in _rows(_ORPHANS):
        with contextlib.suppress(RunFinished):
            transitions.cancel(run_id, by="The step that started it ended.")


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [BATCH])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _queues_with_work() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES_WITH_WORK)
        return [(row[0], row[1]) for row in cursor.fetchall()]
