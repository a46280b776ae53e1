"""The processes that carry out steps: their names, and the leases of those on this machine that have died.

A lease runs out by itself within half a minute of its worker's death, wherever that was. Where worker and watcher see
the same processes, nobody needs to wait so long: the watcher ends the leases of the dead within a second or two, and
within ten where it did not see them die. It writes no outcome and decides nothing; the sweeper treats such a lease like
any other that has run out.
"""

import functools
import hashlib
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from django.db import Error, connection

from orchestration import hints

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
#: How often the database is asked although no process of the family has gone: others of this place may have.
ASK_SECONDS = 10.0

_HOLDERS = """
SELECT DISTINCT claimed_by FROM orchestration_steprun
WHERE status = 'running' AND split_part(claimed_by, ':', -2) = %s AND lease_expires_at > clock_timestamp()
"""

_END_LEASES = """
UPDATE orchestration_steprun SET lease_expires_at = clock_timestamp()
WHERE claimed_by = ANY(%s) AND status = 'running' AND lease_expires_at > clock_timestamp()
"""


def worker_name() -> str:
    """Return the name of this process, under which it holds leases: host, place and process id."""
    return f"{socket.gethostname()}:{place()}:{os.getpid()}"


@functools.cache
def place() -> str:
    """Return what tells apart those who see the same process ids: this boot of this machine, and the namespace.

    Host names do not: two containers, or two copies of a machine, may share one. Where the kernel does not tell,
    nobody else is in the same place.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return uuid.uuid4().hex[:12]
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:12]


def watch() -> None:
    """Look after the leases of this place for as long as this process runs."""
    threading.Thread(target=_watch, name="workers", daemon=True).start()


def end_leases_of_the_dead() -> int:
    """Let the leases run out that processes of this place held when they died; return how many."""
    dead = [name for name in _lease_holders() if not _is_alive(int(name.rpartition(":")[2]))]
    ended = end_leases(dead) if dead else 0
    if ended:
        log.warning("%s leases ended with their workers: %s", ended, ", ".join(dead))
        hints.wake_later(0)
    return ended


def end_leases(names: Sequence[str]) -> int:
    """Let the leases of some workers run out now; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(_END_LEASES, [list(names)])
        return int(cursor.rowcount)


def _lease_holders() -> list[str]:
    """Return the names of the workers of this place that hold leases."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [place()])
        return [row[0] for row in cursor.fetchall()]


def family() -> set[int]:
    """Return the processes whose death is seen at once: what this one has started, and what was started beside it."""
    parents = {os.getpid(), os.getppid()}
    return {pid for pid in _pids() if (stat := _stat(pid)) is not None and stat.parent in parents and stat.is_alive}


class _Stat(NamedTuple):
    is_alive: bool
    parent: int


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdecimal())


def _stat(pid: int) -> _Stat | None:
    """Return the state of a process. One that is dead and only not buried yet is not alive."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return _Stat(state not in {"Z", "X"}, int(parent))


def _is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and stat.is_alive


def _watch() -> None:
    known: set[int] = set()
    next_question = 0.0
    while True:
        living = family()
        if known - living or time.monotonic() >= next_question:
            next_question = time.monotonic() + ASK_SECONDS
            _look_over()
        known = living
        time.sleep(LOOK_SECONDS)


def _look_over() -> None:
    try:
        end_leases_of_the_dead()
    except Error as error:
        log.warning("the leases of this machine could not be looked over: %s", error)
    finally:
        connection.close()
