"""Keeps the leases of the steps that this process carries out, and notices when one is no longer wanted.

One thread serves all of them. It renews every 10 s, and looks at once when the broker brings the news that a run has
ended. Where the broker is silent, a stop is noticed at the next renewal.
"""

import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis
from django.db import Error, connection

from orchestration import hints, journal, leaving
from orchestration.rows import Claim

log = logging.getLogger(__name__)

RENEW_SECONDS = 10
#: How often deadlines are looked at.
_TICK_SECONDS = 0.5


@dataclass
class Lease:
    """An attempt under way.

    `stop` is set when it is to end: it is lost, cancelled or past its deadline, or its worker leaves.
    """

    claim: Claim
    deadline: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    is_lost: bool = False
    is_late: bool = False
    is_to_be_handed_back: bool = False


class LeaseKeeper:
    """The thread and the leases of one process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._leases: dict[uuid.UUID, Lease] = {}
        self._lock = threading.Lock()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def hold(self, claim: Claim, *, timeout_seconds: float | None = None) -> Iterator[Lease]:
        """Keep a lease for as long as the block runs."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        lease = Lease(claim, deadline)
        with self._lock:
            self._leases[claim.step_id] = lease
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._thread.start()
        self._awake.set()
        try:
            yield lease
        finally:
            with self._lock:
                del self._leases[claim.step_id]

    def _keep(self) -> None:
        next_renewal = time.monotonic() + RENEW_SECONDS
        news = _News()
        while True:
            self._awake.wait()
            leases = self._held()
            if not leases:
                self._awake.clear()
                next_renewal = time.monotonic() + RENEW_SECONDS
                news.close()
                continue
            ended = news.wait(_TICK_SECONDS)
            _mark_late(leases)
            if leaving.is_leaving():
                _mark_to_be_handed_back(leases)
            if time.monotonic() >= next_renewal or any(lease.claim.run_id in ended for lease in leases):
                _renew(leases)
                next_renewal = time.monotonic() + RENEW_SECONDS

    def _held(self) -> list[Lease]:
        with self._lock:
            return list(self._leases.values())


def keeper() -> LeaseKeeper:
    """Return the keeper of this process; a forked child gets one of its own."""
    global _keeper  # noqa: PLW0603  # one a process
    if _keeper is None or _keeper.pid != os.getpid():
        _keeper = LeaseKeeper()
    return _keeper


_keeper: LeaseKeeper | None = None


def _mark_late(leases: list[Lease]) -> None:
    now = time.monotonic()
    for lease in leases:
        if lease.deadline is not None and now > lease.deadline:
            lease.is_late = True
            lease.stop.set()


def _mark_to_be_handed_back(leases: list[Lease]) -> None:
    for lease in leases:
        lease.is_to_be_handed_back = True
        lease.stop.set()


def _renew(leases: list[Lease]) -> None:
    try:
        kept = journal.renew([lease.claim.step_id for lease in leases])
    except Error as error:
        # The lease runs on for a while; should it run out, the fence keeps what this worker would still write out.
        log.warning("leases could not be renewed: %s", error)
        return
    finally:
        connection.close()
    for lease in leases:
        if lease.claim.step_id not in kept:
            lease.is_lost = True
            lease.stop.set()


class _News:
    """The broker's channel on which the ends of runs are called out."""

    def __init__(self) -> None:
        self._subscription: redis.client.PubSub | None = None

    def wait(self, seconds: float) -> set[uuid.UUID]:
        """Return the runs called out within `seconds`; sleep instead where the broker is away."""
        try:
            if self._subscription is None:
                self._subscription = hints.client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._subscription.subscribe(hints.STOP_CHANNEL)
            message = self._subscription.get_message(timeout=seconds)
        except (redis.RedisError, OSError):
            self.close()
            time.sleep(seconds)
            return set()
        return set() if message is None else {uuid.UUID(message["data"].decode())}

    def close(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
