"""Which waiting steps may start: the caps of agents and organizations, counted from what is in flight now.

A capped step is inserted as queued and offered to the workers (ready) as room appears, so that ten thousand seeded
rows are ten thousand rows and never ten thousand messages. What finishes makes room, and the sweeper makes up for
whatever was forgotten. Organizations share the workers fairly: the more one has in flight when a step is offered,
the higher the step's rank, and the lowest rank is taken first.
"""

import uuid
from collections import Counter

from django.conf import settings
from django.db import connection, transaction

from orchestration import hints

_ADMIT = """
WITH organization AS (
    SELECT count(*) AS in_flight FROM orchestration_steprun
    WHERE organization_id = %(organization)s AND status IN ('ready', 'running')
), room AS (
    SELECT agent.id AS agent_id, agent.concurrency - (
        SELECT count(*) FROM orchestration_steprun AS live
        WHERE live.organization_id = %(organization)s AND live.agent_id = agent.id
          AND live.status IN ('ready', 'running')
    ) AS free
    FROM agents_agent AS agent
    WHERE agent.organization_id = %(organization)s AND EXISTS (
        SELECT FROM orchestration_steprun AS waiting
        WHERE waiting.organization_id = %(organization)s AND waiting.agent_id = agent.id AND waiting.status = 'queued'
    )
), offered AS (
    SELECT pick.id, row_number() OVER (ORDER BY pick.turn, pick.id) AS place
    FROM room CROSS JOIN LATERAL (
        SELECT step.id, row_number() OVER (ORDER BY step.id) AS turn
        FROM orchestration_steprun AS step
        WHERE step.organization_id = %(organization)s AND step.agent_id = room.agent_id AND step.status = 'queued'
        ORDER BY step.id LIMIT greatest(room.free, 0)
    ) AS pick
)
UPDATE orchestration_steprun AS step
SET status = 'ready', rank = organization.in_flight + offered.place
FROM offered, organization
WHERE step.id = offered.id AND offered.place <= %(cap)s - organization.in_flight
  AND step.status = 'queued' -- looked at again where it had to wait for a cancel that came first
RETURNING step.queue
"""

#: A step that names no agent of its organization waits for nothing that could make room: it is offered, and says so.
_AGENTLESS = """
UPDATE orchestration_steprun AS step SET status = 'ready'
WHERE step.status = 'queued' AND NOT EXISTS (
    SELECT FROM agents_agent AS agent
    WHERE agent.id = step.agent_id AND agent.organization_id = step.organization_id
)
"""

_WAITING = "SELECT DISTINCT organization_id FROM orchestration_steprun WHERE status = 'queued'"


def admit(organization_id: uuid.UUID) -> int:
    """Offer what the caps allow now; return how many steps were offered."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Two that count at once would both see the same room and fill it twice.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 0))", [f"admit {organization_id}"])
        cursor.execute(_ADMIT, {"organization": organization_id, "cap": settings.CALLBOARD_ORGANIZATION_CAP})
        offered = Counter(row[0] for row in cursor.fetchall())
    for queue, count in offered.items():
        hints.wake(queue, count)
    return offered.total()


def admit_everywhere() -> int:
    """Offer what the caps allow in every organization that has steps waiting, and what no cap is for."""
    with connection.cursor() as cursor:
        cursor.execute(_AGENTLESS)
        agentless: int = cursor.rowcount
        cursor.execute(_WAITING)
        organizations = [row[0] for row in cursor.fetchall()]
    return agentless + sum(admit(organization_id) for organization_id in organizations)
