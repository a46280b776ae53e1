"""What must hold of an instance that has come to rest, as queries for what breaks it: each must find nothing.

`chaos_ledger(run_id, node_id, generation, attempt, token)` is the outside ledger, token empty where an attempt began.
`chaos_acknowledged(what, run_id, value)` is what somebody was told is done: a run was started (value: its shape),
answered (value: the answer), cancelled, or a dataset's rows were seeded (run_id: the dataset's key, value: how many).
"""

from typing import Any

import psycopg

_FINAL = "('completed', 'failed', 'cancelled')"
_LIVE = "('scheduled', 'queued', 'ready', 'running', 'waiting')"

#: Something acknowledged or done that is not there.
LOST = {
    "a started run is there": """
        SELECT a.run_id FROM chaos_acknowledged a LEFT JOIN orchestration_run r ON r.id = a.run_id
        WHERE a.what = 'started' AND r.id IS NULL
    """,
    "a seeded row has its task and its run": """
        SELECT a.run_id, a.value FROM chaos_acknowledged a WHERE a.what = 'seeded' AND a.value::int <> (
            SELECT count(*) FROM evaluation_seededtask t
            JOIN orchestration_run r ON r.id = t.run_id JOIN agents_agentrun g ON g.id = t.agent_run_id
            WHERE t.dataset_id = a.run_id)
    """,
    "an answer that was taken is the step's output": """
        SELECT a.run_id FROM chaos_acknowledged a JOIN orchestration_run r ON r.id = a.run_id
        WHERE a.what = 'answered' AND NOT EXISTS (
            SELECT FROM orchestration_steprun s WHERE s.run_id = a.run_id AND s.node_id = 'ask'
            AND s.status = 'completed' AND s.output ->> 'token' = a.value)
    """,
    "an event that was announced is taken, unless its run was cancelled": """
        SELECT a.run_id FROM chaos_acknowledged a JOIN orchestration_run r ON r.id = a.run_id
        WHERE a.what = 'announced' AND r.status <> 'cancelled' AND NOT EXISTS (
            SELECT FROM orchestration_steprun s WHERE s.run_id = a.run_id AND s.node_id = 'await'
            AND s.status = 'completed' AND s.output ->> 'token' = a.value)
    """,
    "a run that was cancelled is cancelled": """
        SELECT a.run_id FROM chaos_acknowledged a LEFT JOIN orchestration_run r ON r.id = a.run_id
        WHERE a.what = 'cancelled' AND r.status IS DISTINCT FROM 'cancelled'
    """,
    "what a step answered is what it did": """
        SELECT s.id FROM orchestration_steprun s
        WHERE s.kind = 'trace' AND s.status = 'completed' AND NOT EXISTS (
            SELECT FROM chaos_ledger l WHERE l.run_id = s.run_id AND l.node_id = s.node_id
            AND l.generation = s.generation AND l.attempt = s.attempt AND l.token = s.output ->> 'token')
    """,
    "every run has ended": f"SELECT id, status FROM orchestration_run WHERE status NOT IN {_FINAL}",  # noqa: S608  # constants
    "a completed run settled every step": """
        SELECT r.id FROM orchestration_run r JOIN orchestration_pipelineversion v ON v.id = r.version_id
        WHERE r.status = 'completed' AND jsonb_array_length(v.graph -> 'nodes') <> (
            SELECT count(DISTINCT node_id) FROM orchestration_steprun s
            WHERE s.run_id = r.id AND s.settled_seq IS NOT NULL)
    """,
    "a completed agent run has its answer, its trajectory and its verdict": """
        SELECT g.id FROM agents_agentrun g WHERE g.status = 'completed' AND (
            (g.final_response IS NULL AND g.exception IS NULL) OR g.verdict = '' OR g.finished_at IS NULL
            OR g.step_count <> (
                SELECT coalesce(sum(jsonb_array_length(c.steps::jsonb)), 0) FROM agents_trajectorychunk c
                WHERE c.agent_run_id = g.id AND c.attempt = (
                    SELECT max(attempt) FROM agents_trajectorychunk WHERE agent_run_id = g.id)))
    """,
    "no step stands ready and unclaimed": f"SELECT id, status FROM orchestration_steprun WHERE status IN {_LIVE}",  # noqa: S608  # constants
}

#: Something that happened twice, or went on after its end.
DOUBLED = {
    "a step has one outcome": """
        SELECT run_id, node_id, generation FROM orchestration_steprun
        WHERE settled_seq IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) > 1
    """,
    "a step has one outcome a wave": """
        SELECT run_id, node_id, generation, wave FROM orchestration_steprun
        WHERE settled_seq IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
    """,
    "an attempt is carried out once": """
        SELECT run_id, node_id, generation, attempt FROM chaos_ledger GROUP BY 1, 2, 3, 4
        HAVING count(*) FILTER (WHERE token = '') > 1 OR count(*) FILTER (WHERE token <> '') > 1
    """,
    "a finished step never runs again": """
        SELECT later.run_id, later.node_id, later.attempt FROM orchestration_steprun settled
        JOIN orchestration_steprun later ON later.run_id = settled.run_id AND later.node_id = settled.node_id
            AND later.generation = settled.generation AND later.attempt > settled.attempt
        WHERE settled.settled_seq IS NOT NULL
    """,
    "no attempt ran that the journal does not know": """
        SELECT l.run_id, l.node_id, l.attempt FROM chaos_ledger l
        LEFT JOIN orchestration_steprun s USING (run_id, node_id, generation, attempt) WHERE s.id IS NULL
    """,
    "a child is started once": """
        SELECT parent_step_id, child_key FROM orchestration_run
        WHERE parent_step_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
    """,
    "an event wakes one step of a run": """
        SELECT run_id, event_id FROM orchestration_steprun WHERE event_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
    """,
    "a run ends once": f"""
        SELECT r.id, r.status FROM orchestration_run r
        LEFT JOIN orchestration_runevent e ON e.run_id = r.id
            AND e.kind IN ('run.completed', 'run.failed', 'run.cancelled')
        WHERE r.status IN {_FINAL}
        GROUP BY r.id HAVING count(e.seq) <> 1 OR max(e.kind) <> 'run.' || r.status
    """,  # noqa: S608  # constants
    "nothing follows a run's last event": """
        SELECT final.run_id, later.kind FROM orchestration_runevent final
        JOIN orchestration_runevent later ON later.run_id = final.run_id AND later.seq > final.seq
        WHERE final.kind IN ('run.completed', 'run.failed', 'run.cancelled')
    """,
    "a row is seeded once": """
        SELECT run_id FROM evaluation_seededtask GROUP BY 1 HAVING count(*) > 1
        UNION ALL SELECT run_id FROM agents_agentrun GROUP BY 1 HAVING count(*) > 1
    """,
    "an agent run is graded once": """
        SELECT agent_run_id FROM evaluation_verdict GROUP BY 1 HAVING count(*) > 1
    """,
}

#: Something that contradicts itself.
CONSISTENT = {
    "events are numbered without a gap": """
        SELECT r.id FROM orchestration_run r LEFT JOIN orchestration_runevent e ON e.run_id = r.id
        GROUP BY r.id HAVING count(e.seq) <> r.seq OR min(e.seq) <> 1 OR max(e.seq) <> r.seq
    """,
    "an outcome is told by the event it names": """
        SELECT s.id FROM orchestration_steprun s LEFT JOIN orchestration_runevent e
            ON e.run_id = s.run_id AND e.seq = s.settled_seq
        WHERE s.settled_seq > 0 AND (e.kind IS DISTINCT FROM 'step.' || s.status
            OR e.data::jsonb ->> 'node' IS DISTINCT FROM s.node_id)
    """,
    "generations are numbered without a gap, one for each time a run was sent back": """
        SELECT run_id, node_id FROM orchestration_steprun
        GROUP BY 1, 2 HAVING count(DISTINCT generation) <> max(generation) + 1 OR min(generation) <> 0
        UNION ALL
        SELECT run_id, node_id FROM orchestration_steprun WHERE rewind IS NOT NULL
        GROUP BY 1, 2 HAVING count(*) > count(DISTINCT generation)
    """,
    "a step that waited for children settled after them": """
        SELECT c.id FROM orchestration_run c JOIN orchestration_steprun s ON s.id = c.parent_step_id
        WHERE s.status = 'completed' AND (c.finished_at IS NULL OR c.finished_at > s.finished_at)
    """,
    "attempts are numbered without a gap": """
        SELECT run_id, node_id, generation FROM orchestration_steprun
        GROUP BY 1, 2, 3 HAVING count(*) <> max(attempt) OR min(attempt) <> 1
    """,
    "only the last attempt is open or settled": """
        SELECT earlier.id FROM orchestration_steprun earlier JOIN orchestration_steprun later
            ON later.run_id = earlier.run_id AND later.node_id = earlier.node_id
            AND later.generation = earlier.generation AND later.attempt = earlier.attempt + 1
        WHERE earlier.status NOT IN ('lost', 'failed')
    """,
    "a finished run holds nothing open": f"""
        SELECT s.id, s.status FROM orchestration_steprun s JOIN orchestration_run r ON r.id = s.run_id
        WHERE r.status IN {_FINAL} AND s.status IN {_LIVE}
    """,  # noqa: S608  # constants
    "nothing was added to a run after its end": """
        SELECT s.id FROM orchestration_steprun s JOIN orchestration_run r ON r.id = s.run_id
        WHERE s.created_at > r.finished_at
    """,
    "no lease is held by the dead": """
        SELECT id, claimed_by FROM orchestration_steprun
        WHERE (status = 'running' AND lease_expires_at < clock_timestamp() - interval '10 seconds')
            OR (status <> 'running' AND lease_expires_at IS NOT NULL)
    """,
    "a run fails only for its poison, or for workers that were killed three times": """
        SELECT r.id, r.error FROM orchestration_run r
        WHERE r.status = 'failed' AND (r.error ->> 'code' <> 'step_kills_worker' OR 3 > (
            SELECT count(*) FROM orchestration_steprun s
            WHERE s.run_id = r.id AND s.node_id = r.error ->> 'node_id' AND s.status = 'lost'))
    """,
    # One that was graded before its worker was killed keeps its result, whatever becomes of the step after that.
    "an agent run ends as its run does, or before it with a result": """
        SELECT g.id, g.status, r.status FROM agents_agentrun g JOIN orchestration_run r ON r.id = g.run_id
        WHERE (g.status <> r.status AND NOT (g.status = 'completed' AND r.status IN ('failed', 'cancelled')))
            OR (g.status = 'failed' AND coalesce(g.error ->> 'message', '') = '')
    """,
}

ALL = {**LOST, **DOUBLED, **CONSISTENT}

Broken = dict[str, list[tuple[Any, ...]]]


def broken(database: "psycopg.Connection[tuple[Any, ...]]") -> Broken:
    """Return the rows that break each rule that is broken."""
    found = {rule: database.execute(query).fetchall() for rule, query in ALL.items()}
    return {rule: rows for rule, rows in found.items() if rows}
