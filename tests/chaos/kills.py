"""The ways to do harm, and how often each is done."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from tests.chaos import processes
from tests.support.instance import Instance

#: Longer than a lease (30 s) and a sweep (5 s), so that a frozen worker wakes up when its step is another's.
FROZEN_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Kill:
    """What was done, to whom (a process id, 0 for none), and when in seconds since the epoch."""

    kind: str
    pid: int
    at: float


_BUSY = "SELECT DISTINCT split_part(claimed_by, ':', -1)::int FROM orchestration_steprun WHERE status = 'running'"


class Killer:
    """Does harm to one instance, by a chance that can be repeated."""

    def __init__(self, instance: Instance, chance: random.Random) -> None:
        self.instance = instance
        self.chance = chance
        self.done: list[Kill] = []
        self._database: psycopg.Connection[tuple[Any, ...]] | None = None

    def strike(self) -> None:
        """Do one kind of harm, chosen by its weight. Where its victim has just gone nothing is counted."""
        kind = self.chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
        self.do(kind)

    def do(self, kind: str) -> None:
        pid = KINDS[kind][1](self)
        if pid is not None:
            self.done.append(Kill(kind, pid, time.time()))

    def busy_worker(self) -> int | None:
        """Kill a process that holds a lease."""
        pid = self._busy()
        return pid if pid is not None and processes.kill(pid) else None

    def any_worker(self) -> int | None:
        return self._kill_one(processes.pool(self.instance))

    def worker_parent(self) -> int | None:
        return self._kill_one(processes.workers(self.instance))

    def beat(self) -> int | None:
        return self._kill_one(self.instance.processes("celery", " beat "))

    def web(self) -> int | None:
        return self._kill_one(self.instance.processes("daphne"))

    def broker(self) -> int | None:
        with suppress(redis.RedisError):
            return self._kill_one([self.instance.broker_pid()])
        return None

    def flush(self) -> int | None:
        """Empty the broker: hints, counts, presence and cache are gone."""
        with suppress(redis.RedisError):
            client = redis.Redis.from_url(f"unix://{self.instance.home / 'sockets' / 'broker.sock'}", socket_timeout=5)
            client.flushall()
            client.close()
            return 0
        return None

    def database(self) -> int | None:
        """Kill PostgreSQL's first process, so that it recovers from its log."""
        pid_file = self.instance.home / "postgres" / "postmaster.pid"
        with suppress(OSError, ValueError, IndexError):
            return self._kill_one([int(pid_file.read_text().split()[0])])
        return None

    def frozen_worker(self) -> int | None:
        pid = self._busy()
        return pid if pid is not None and processes.freeze(pid, FROZEN_SECONDS) else None

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _kill_one(self, pids: list[int]) -> int | None:
        if not pids:
            return None
        pid = self.chance.choice(sorted(pids))
        return pid if processes.kill(pid) else None

    def _busy(self) -> int | None:
        """Return a process that carries out a step at the moment."""
        try:
            if self._database is None:
                self._database = self.instance.database()
            rows = self._database.execute(_BUSY).fetchall()
        except psycopg.OperationalError:
            self.close()
            return None
        busy = [pid for pid in sorted(int(row[0]) for row in rows) if self.instance.owns(pid)]
        return self.chance.choice(busy) if busy else None


#: Each kind of harm with its weight among a hundred. What takes long to come up again is killed seldom, so that there
#: is somebody to carry the load out: the more goes on, the more can go wrong.
KINDS: dict[str, tuple[float, Callable[[Killer], int | None]]] = {
    "worker, in a step": (88, Killer.busy_worker),
    "worker, any": (3, Killer.any_worker),
    "worker's parent": (1, Killer.worker_parent),
    "beat": (2.5, Killer.beat),
    "web": (2.5, Killer.web),
    "Redis flushed": (1.5, Killer.flush),
    "Redis": (0.7, Killer.broker),
    "PostgreSQL": (0.4, Killer.database),
    "worker, frozen for 40 s": (0.4, Killer.frozen_worker),
}
