"""Makes up for what was lost: workers that fell silent, hints that never arrived, waits that are over.

It runs every few seconds and whenever a short wait ends. Running it twice, or at the same time, changes nothing.
"""

import logging

from django.db import connection

from orchestration import admission, hints, journal, transitions

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


def _queues_with_work() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES_WITH_WORK)
        return [(row[0], row[1]) for row in cursor.fetchall()]
