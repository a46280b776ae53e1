"""Messages that wake workers up. None of them matters: what is to be done stands in the database.

A hint says "look at queue q", not "do step s". While enough of them are on their way no more are sent, so that a
thousand ready steps are a few messages. A hint that is lost is made up for by the sweeper.
"""

import functools
import logging
import time
import uuid
from collections.abc import Callable

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

#: Hints on their way for one queue, at most. More workers than this are woken by those already awake.
MOST_OUTSTANDING = 8
#: After this long outstanding hints are taken for lost.
OUTSTANDING_SECONDS = 5
#: Waits longer than this are left to the sweeper, so that the broker holds no long timers.
LONGEST_TIMER_MS = 60_000
#: A broker that failed is left alone for so long: one that hangs would hold up each step for a whole timeout.
LEFT_ALONE_SECONDS = 3.0
STOP_CHANNEL = "callboard:stop"

_BROKEN = (redis.RedisError, OperationalError, OSError)


def client() -> redis.Redis:
    """Return this process's connection to the broker for what is not a task."""
    global _client  # noqa: PLW0603  # one connection pool a process
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)
    return _client


_client: redis.Redis | None = None
_left_alone_until = 0.0


def wake(queue: str, count: int = 1) -> None:
    """Have up to `count` workers look at a queue."""
    _try(functools.partial(_send_hints, queue, count), f"a hint for queue {queue} was lost")


def taken(queue: str) -> None:
    """Say that a worker is about to look at a queue. Called before it looks, so that later work is hinted again."""
    _try(lambda: client().delete(_outstanding_key(queue)), f"the hints of queue {queue} could not be counted")


def wake_later(delay_ms: int) -> None:
    """Have the sweeper look for due steps after a delay."""
    if delay_ms <= LONGEST_TIMER_MS:
        timer = functools.partial(current_app.send_task, countdown=delay_ms / 1000, queue="control")
        _try(lambda: timer("orchestration.sweep"), "a timer was lost")


def stop(run_id: uuid.UUID) -> None:
    """Have whoever carries out steps of a run look at once whether they are still wanted."""
    _try(lambda: client().publish(STOP_CHANNEL, str(run_id)), f"the news that run {run_id} has ended was lost")


def _try(say: Callable[[], object], loss: str) -> None:
    """Say something to the broker, unless it has just failed; losing it is noted and no more."""
    global _left_alone_until  # noqa: PLW0603  # one broker a process
    if time.monotonic() < _left_alone_until:
        return
    try:
        say()
    except _BROKEN as error:
        _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
        log.warning("%s: %s", loss, error)


def _send_hints(queue: str, count: int) -> None:
    for _ in range(min(count, MOST_OUTSTANDING)):
        outstanding = _outstanding_key(queue)
        pipeline = client().pipeline(transaction=False)
        pipeline.incr(outstanding)
        pipeline.expire(outstanding, OUTSTANDING_SECONDS, nx=True)
        if pipeline.execute()[0] > MOST_OUTSTANDING:
            return
        current_app.send_task("orchestration.drain", args=[queue], queue=queue)


def _outstanding_key(queue: str) -> str:
    return f"callboard:hints:{queue}"
