"""A storm from its beginning to its proof."""

import math
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from console.ids import from_public
from tests.chaos import invariants, ledger
from tests.chaos.kills import Kill, Killer
from tests.chaos.seeder import Seeder
from tests.support.instance import ROOT, Instance, wait_for

#: What is left after the last kill must end within this: three lost attempts, one lease each, and the work itself.
SETTLE_SECONDS = 300
#: Sandboxes are looked over every half minute, and a folder that was just being made is left alone for a minute.
SANDBOX_SECONDS = 150

#: Two entries or so of the ledger. Without them for a while the next kill comes anyway.
PROGRESS_BYTES = 120
STALLED_SECONDS = 1

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
    "CALLBOARD_CONTROL_SLOTS": "6",
    "CALLBOARD_AGENT_SLOTS": "4",
}


@dataclass
class Outcome:
    """What a storm did, and what was found when it was over. `recoveries` are seconds, by kind of kill."""

    seed: int
    seconds: float = 0
    kills: list[Kill] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    broken: invariants.Broken = field(default_factory=dict)
    sandboxes_left: int = 0


def instance_in(home: Path) -> Instance:
    return Instance(home, SETTINGS)


def rage(
    instance: Instance,
    *,
    kills: int,
    runs: int,
    a_second: float,
    seed: int,
    minutes: float = math.inf,
    watch: Callable[[Killer], None] = lambda _killer: None,
) -> Outcome:
    """Kill at random, `a_second` times on average, until there were so many kills and runs or time is up; then prove.

    The instance must be up, and is left up. `watch` is given the killer before it begins.
    """
    outcome = Outcome(seed)
    began = time.monotonic()
    acknowledged = instance.home / "acknowledged"
    killer = Killer(instance, random.Random(seed))
    watch(killer)
    with closing(killer), _feeder(instance, acknowledged, seed), Seeder(instance, acknowledged):
        while (len(killer.done) < kills or _count(acknowledged) < runs) and time.monotonic() - began < minutes * 60:
            time.sleep(killer.chance.expovariate(a_second))
            _wait_for_progress(instance)
            killer.strike()
    _settle(instance)
    outcome.seconds, outcome.kills = time.monotonic() - began, killer.done
    outcome.sandboxes_left = _sandboxes_left(instance)
    prove(instance, acknowledged, outcome)
    return outcome


def prove(instance: Instance, acknowledged: Path, outcome: Outcome) -> None:
    """Fill in what the database and the ledger say of it."""
    with instance.database() as database:
        _load(database, instance.home, acknowledged)
        outcome.broken = invariants.broken(database)
        outcome.counts = _counts(database)
        outcome.recoveries = _recoveries(database, outcome.kills)


def _wait_for_progress(instance: Instance) -> None:
    """Let something be done between two kills, so that a slow machine is not only ever starting processes."""
    file = ledger.file_of(instance.home)
    until, size = time.monotonic() + STALLED_SECONDS, _size(file)
    while time.monotonic() < until and _size(file) < size + PROGRESS_BYTES:
        time.sleep(0.02)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


class _feeder:  # noqa: N801  # it is used like a function
    """Runs the feeder; at the end lets it answer what is still asked, and waits for it."""

    def __init__(self, instance: Instance, acknowledged: Path, seed: int) -> None:
        acknowledged.touch()
        self.log = (instance.home / "logs" / "feeder.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.feeder", str(acknowledged), str(seed)],
            cwd=ROOT, env=instance.environment, stdout=self.log, stderr=self.log,
        )  # fmt: skip

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        early = self.process.poll()
        self.process.terminate()
        try:
            self.process.wait(SETTLE_SECONDS)
        finally:
            self.process.kill()
            self.log.close()
        assert early is None, f"the feeder ended by itself with {early}: {Path(self.log.name).read_text()[-2000:]}"


def _count(acknowledged: Path) -> int:
    return acknowledged.read_bytes().count(b"started ")


def _settle(instance: Instance) -> None:
    def is_settled() -> bool:
        try:
            with instance.database() as database:
                row = database.execute("SELECT count(*) FROM orchestration_run WHERE finished_at IS NULL").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (0,)

    wait_for(is_settled, seconds=SETTLE_SECONDS, what="the end of every run")
    wait_for(lambda: _is_well(instance), seconds=60, what="being well again")


def _is_well(instance: Instance) -> bool:
    try:
        return httpx.get(f"{instance.url}/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _sandboxes_left(instance: Instance) -> int:
    def left() -> int:
        return len(instance.sandbox_processes()) + len(list((instance.home / "sandboxes").glob("**/sbx-*")))

    deadline = time.monotonic() + SANDBOX_SECONDS
    while left() and time.monotonic() < deadline:
        time.sleep(1)
    return left()


def _load(database: "psycopg.Connection[tuple[Any, ...]]", home: Path, acknowledged: Path) -> None:
    """Put the ledger and what was acknowledged beside the tables."""
    database.execute(
        "CREATE TEMPORARY TABLE chaos_ledger (run_id uuid, node_id text, generation int, attempt int, token text)"
    )
    database.execute("CREATE TEMPORARY TABLE chaos_acknowledged (what text, run_id uuid, value text)")
    with database.cursor() as cursor:
        with cursor.copy("COPY chaos_ledger FROM STDIN") as copy:
            for entry in ledger.read(home):
                copy.write_row(entry)
        with cursor.copy("COPY chaos_acknowledged FROM STDIN") as copy:
            for line in acknowledged.read_text().splitlines():
                what, key, value = line.split()
                copy.write_row((what, from_public("data", key) if what == "seeded" else key, value))


_COUNTS = {
    "runs": "SELECT count(*) FROM orchestration_run",
    "runs of agents in a sandbox": "SELECT count(*) FROM agents_agentrun",
    "runs completed": "SELECT count(*) FROM orchestration_run WHERE status = 'completed'",
    "runs cancelled": "SELECT count(*) FROM orchestration_run WHERE status = 'cancelled'",
    "runs of poison, stopped": """
        SELECT count(*) FROM orchestration_run r JOIN orchestration_pipeline p ON p.id = r.pipeline_id
        WHERE r.status = 'failed' AND p.name = 'poison'
    """,
    "other runs stopped after three lost attempts": """
        SELECT count(*) FROM orchestration_run r JOIN orchestration_pipeline p ON p.id = r.pipeline_id
        WHERE r.status = 'failed' AND p.name <> 'poison'
    """,
    "steps with an outcome": "SELECT count(*) FROM orchestration_steprun WHERE settled_seq IS NOT NULL",
    "attempts lost and made good": "SELECT count(*) FROM orchestration_steprun WHERE status = 'lost'",
    "entries in the outside ledger": "SELECT count(*) FROM chaos_ledger",
}

#: Each lost attempt, whose it was, when it was given up, and when the next one began.
_LOST_ATTEMPTS = """
SELECT split_part(lost.claimed_by, ':', -1)::int, extract(epoch FROM lost.started_at),
    extract(epoch FROM lost.finished_at), extract(epoch FROM coalesce(next.started_at, next.created_at))
FROM orchestration_steprun lost JOIN orchestration_steprun next
    ON next.run_id = lost.run_id AND next.node_id = lost.node_id AND next.generation = lost.generation
    AND next.attempt = lost.attempt + 1
WHERE lost.status = 'lost'
"""


def _counts(database: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, int]:
    return {name: (database.execute(query).fetchone() or (0,))[0] for name, query in _COUNTS.items()}


def _recoveries(database: "psycopg.Connection[tuple[Any, ...]]", kills: list[Kill]) -> dict[str, list[float]]:
    """Return, by kind of kill, the seconds from a kill to the beginning of the next attempt at each step it cut off."""
    found: dict[str, list[float]] = {}
    for pid, started, given_up, begun_again in database.execute(_LOST_ATTEMPTS).fetchall():
        causes = [kill for kill in kills if kill.pid == pid and float(started) <= kill.at <= float(given_up)]
        if causes:
            found.setdefault(causes[-1].kind, []).append(float(begun_again) - causes[-1].at)
    return found
