"""The hot statements of the engine, as raw SQL that the server prepares once.

Nothing but this, `wait_journal` and `starting` writes runs, steps and events. The callers are `transitions` (which
knows what may follow what) and `admission`. Lock order: the run first, then its steps; a claim locks its step alone.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection
from pydantic import JsonValue

from orchestration.events import Event
from orchestration.graph import JsonObject
from orchestration.rows import Claim, JournalRow, LockedRun, StepRow
from orchestration.states import LIVE, RunStatus, StepStatus

LEASE_SECONDS = 30


_CLAIM_COLUMNS = """
    s.id, s.run_id, s.organization_id, s.node_id, s.generation, s.attempt, s.losses, s.wave, s.queue, s.agent_id,
    r.project_id, r.pipeline_id, r.version_id, s.waiting_for
"""

# Materialized: a subquery in its place may be looked at again for each row beside it, and then gives one row after
# another, since those it has given are updated already and skipped.
_CLAIM = f"""
WITH next AS MATERIALIZED (
    SELECT id FROM orchestration_steprun
    WHERE queue = %s AND status = 'ready' ORDER BY rank, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE orchestration_steprun AS s
SET status = 'running', claimed_by = %s, started_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
FROM next, orchestration_run AS r
WHERE s.id = next.id AND r.id = s.run_id
RETURNING {_CLAIM_COLUMNS}
"""  # noqa: S608  # constants of this file

_LOCK_RUN = """
SELECT id, organization_id, project_id, pipeline_id, version_id, status, seq, wave, parent_step_id, depth
FROM orchestration_run WHERE id = %s FOR UPDATE
"""

_RUN_INPUT = "SELECT input FROM orchestration_run WHERE id = %s"

_FINISH = """
UPDATE orchestration_steprun
SET status = %s, output = %s::jsonb, route = %s, error = %s::jsonb, rewind = %s::jsonb, settled_seq = %s,
    finished_at = clock_timestamp(), lease_expires_at = NULL
WHERE id = %s AND status = %s
"""

_INSERT_STEPS = f"""
INSERT INTO orchestration_steprun
    (id, organization_id, run_id, node_id, kind, generation, attempt, losses, wave, status, queue, agent_id, rank,
     output, route, error, due_at, claimed_by, lease_expires_at, started_at, finished_at, settled_seq, waiting_for,
     event_name, event_key, created_at)
SELECT id, %s, %s, node_id, kind, generation, attempt, losses, wave, status, queue, agent_id, -least(attempt - 1, 1),
    output, route, error, clock_timestamp() + delay_ms * interval '1 millisecond', claimed_by,
    CASE WHEN status = 'running' THEN clock_timestamp() + interval '{LEASE_SECONDS} seconds' END,
    CASE WHEN status IN ('running', 'waiting') OR settled_seq IS NOT NULL THEN clock_timestamp() END,
    CASE WHEN settled_seq IS NOT NULL THEN clock_timestamp() END, settled_seq, waiting_for, event_name, event_key,
    clock_timestamp()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::text[], %s::text[],
            %s::uuid[], %s::jsonb[], %s::text[], %s::jsonb[], %s::bigint[], %s::text[], %s::int[], %s::jsonb[],
            %s::text[], %s::text[])
    AS t(id, node_id, kind, generation, attempt, losses, wave, status, queue,
         agent_id, output, route, error, delay_ms, claimed_by, settled_seq, waiting_for, event_name, event_key)
"""  # noqa: S608  # constants of this file

_INSERT_EVENTS = """
INSERT INTO orchestration_runevent (run_id, seq, organization_id, kind, data, created_at)
SELECT %s, %s + place, %s, kind, data, clock_timestamp()
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS t(kind, data, place)
"""

_UPDATE_RUN = """
UPDATE orchestration_run
SET seq = %s, wave = %s, status = %s, error = COALESCE(%s::jsonb, error), cancelled_by = COALESCE(%s, cancelled_by),
    finished_at = CASE WHEN %s THEN clock_timestamp() ELSE finished_at END
WHERE id = %s
"""

_APPEND = """
WITH run AS (
    UPDATE orchestration_run SET seq = seq + %s WHERE id = %s AND (finished_at IS NULL OR %s)
    RETURNING id, organization_id, project_id, seq
), written AS (
    INSERT INTO orchestration_runevent (run_id, seq, organization_id, kind, data, created_at)
    SELECT run.id, run.seq - %s + place, run.organization_id, kind, data, clock_timestamp()
    FROM run, unnest(%s::text[], %s::text[]) WITH ORDINALITY AS t(kind, data, place)
)
SELECT organization_id, project_id, seq FROM run
"""

_SETTLED_SINCE = """
SELECT node_id, wave, status, route, output, error, settled_seq, generation, rewind, NULL
FROM orchestration_steprun WHERE run_id = %s AND settled_seq > %s
UNION ALL
SELECT node_id, wave, status, NULL, NULL, NULL, NULL, generation, NULL, waiting_for ->> 'type'
FROM orchestration_steprun WHERE run_id = %s AND status = ANY(%s)
"""

STEPS = (
    f"SELECT {_CLAIM_COLUMNS} FROM orchestration_steprun AS s "  # noqa: S608  # constants of this file
    "JOIN orchestration_run AS r ON r.id = s.run_id"
)

_EXPIRED = f"""
{STEPS} WHERE s.status = 'running' AND s.lease_expires_at < clock_timestamp() ORDER BY s.lease_expires_at LIMIT %s
"""

_LOSE = """
UPDATE orchestration_steprun
SET status = 'lost', finished_at = clock_timestamp(), lease_expires_at = NULL
WHERE id = %s AND status = 'running' AND (lease_expires_at < clock_timestamp() OR %s)
"""

_CANCEL_STEPS = """
UPDATE orchestration_steprun SET status = 'cancelled', finished_at = clock_timestamp(), lease_expires_at = NULL
WHERE run_id = %s AND status = ANY(%s)
"""

_RENEW = f"""
UPDATE orchestration_steprun SET lease_expires_at = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
WHERE id = ANY(%s) AND status = 'running' RETURNING id
"""  # noqa: S608  # constants of this file


def claim(queue: str, worker: str) -> Claim | None:
    """Take the lease of the next ready step of a queue, if there is one."""
    row = fetch_one(_CLAIM, [queue, worker])
    return None if row is None else claim_of(row)


def renew(step_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Renew the leases of running attempts; return those still running."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [list(step_ids)])
        return {row[0] for row in cursor.fetchall()}


def expired(limit: int) -> list[Claim]:
    """Return attempts whose lease has run out, the longest silent first."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, [limit])
        return [claim_of(row) for row in cursor.fetchall()]


def lock_run(run_id: uuid.UUID, *, or_pass: bool = False) -> LockedRun | None:
    """Hold a run's row; None where it is gone or, if told to pass such a run by, where somebody else holds it."""
    row = fetch_one(f"{_LOCK_RUN} SKIP LOCKED" if or_pass else _LOCK_RUN, [run_id])
    if row is None:
        return None
    run_id, organization_id, project_id, pipeline_id, version_id, status, *rest = row
    return LockedRun(run_id, organization_id, project_id, pipeline_id, version_id, RunStatus(status), *rest)


def finish_step(
    step_id: uuid.UUID,
    *,
    was: StepStatus,
    status: StepStatus,
    output: JsonValue = None,
    route: str | None = None,
    error: JsonObject | None = None,
    rewind: JsonObject | None = None,
    settled_seq: int | None = None,
) -> bool:
    """Write what became of an attempt, if it is still `was`; return whether it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FINISH,
            [
                status.value, json.dumps(output), route, as_text(error), as_text(rewind), settled_seq,
                step_id, was.value,
            ],
        )  # fmt: skip
        return bool(cursor.rowcount == 1)


def lose_step(step_id: uuid.UUID, *, even_if_leased: bool) -> bool:
    """Give up a running attempt whose lease has run out, or any, if told so; return whether it was one."""
    with connection.cursor() as cursor:
        cursor.execute(_LOSE, [step_id, even_if_leased])
        return bool(cursor.rowcount == 1)


def cancel_nodes(run_id: uuid.UUID, node_ids: Sequence[str], *, but: uuid.UUID) -> None:
    """Let go of what is live of some nodes, but for one attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_CANCEL_STEPS} AND node_id = ANY(%s) AND id <> %s",
            [run_id, [status.value for status in LIVE], list(node_ids), but],
        )


def insert_steps(run: LockedRun, rows: Sequence[StepRow]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_STEPS,
            [
                run.organization_id, run.id,
                [row.id for row in rows], [row.node_id for row in rows], [row.kind for row in rows],
                [row.generation for row in rows], [row.attempt for row in rows], [row.losses for row in rows],
                [row.wave for row in rows], [row.status.value for row in rows], [row.queue for row in rows],
                [row.agent_id for row in rows], [json.dumps(row.output) for row in rows], [row.route for row in rows],
                [as_text(row.error) for row in rows], [row.delay_ms for row in rows],
                [row.claimed_by for row in rows], [row.settled_seq for row in rows],
                [as_text(row.waiting_for) for row in rows], [row.event_name for row in rows],
                [row.event_key for row in rows],
            ],
        )  # fmt: skip


def insert_events(run: LockedRun, events: Sequence[Event]) -> None:
    """Append events behind the run's last one. The caller moves `seq` on."""
    if not events:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_EVENTS,
            [run.id, run.seq, run.organization_id, [e.kind.value for e in events], [e.as_text() for e in events]],
        )


def update_run(
    run: LockedRun,
    *,
    seq: int,
    wave: int,
    status: RunStatus,
    error: JsonObject | None = None,
    cancelled_by: str | None = None,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE_RUN, [seq, wave, status.value, as_text(error), cancelled_by, status.is_final, run.id])


def append_events(
    run_id: uuid.UUID, events: Sequence[Event], *, even_if_ended: bool
) -> tuple[uuid.UUID, uuid.UUID, int] | None:
    """Append events in one statement of its own; return organization, project and the new last number."""
    kinds, data = [e.kind.value for e in events], [e.as_text() for e in events]
    row = fetch_one(_APPEND, [len(events), run_id, even_if_ended, len(events), kinds, data])
    return None if row is None else (row[0], row[1], row[2])


def run_input(run_id: uuid.UUID) -> JsonObject:
    """Return what a run was started with, which never changes."""
    found: JsonObject = loaded(fetch_one(_RUN_INPUT, [run_id])[0])  # type: ignore[assignment]  # an object, as it was written
    return found


def cancel_steps(run_id: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL_STEPS, [run_id, [status.value for status in LIVE]])


def settled_since(run_id: uuid.UUID, seq: int) -> list[JournalRow]:
    """Return the steps settled after event `seq`, in the order they were, and then those that are live now."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED_SINCE, [run_id, seq, run_id, [status.value for status in LIVE]])
        rows = [_journal_row(row) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: (row.settled_seq is None, row.settled_seq or 0))


def _journal_row(row: Sequence[Any]) -> JournalRow:
    node_id, wave, status, route, output, error, settled_seq, generation, rewind, waits_for = row
    return JournalRow(
        node_id, wave, StepStatus(status), route, loaded(output), loaded(error), settled_seq, generation,
        loaded(rewind), waits_for,
    )  # fmt: skip


def claim_of(row: Sequence[Any]) -> Claim:
    found: JsonObject | None = loaded(row[-1])  # type: ignore[assignment]  # an object, as it was written
    return Claim(*(*row[:-1], found))


def fetch_one(sql: str, parameters: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def as_text(value: JsonObject | None) -> str | None:
    return None if value is None else json.dumps(value)


def loaded(text: str | None) -> JsonValue:
    return None if text is None else json.loads(text)
