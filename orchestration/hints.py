"""Messages that wake workers up. None of them matters: what is to be done stands in the database.

A hint says "look at queue q", not "do step s". While enough of them are on their way no more are sent, so that a
thousand ready steps are a few messages. A hint that is lost is made up for by the sweeper.
"""

import logging
import uuid

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
STOP_CHANNEL = "callboard:stop"

_BROKEN = (redis.RedisError, OperationalError, OSError)


def client() -> redis.Redis:
    """Return this process's connection to the broker for what is not a task."""
    global _client  # noqa: PLW0603  # one connection pool a process
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5)
    return _client


_client: redis.Redis | None = None


def wake(queue: str, count: int = 1) -> None:
    """Have up to `count` workers look at a queue."""
    try:
        for _ in range(min(count, MOST_OUTSTANDING)):
            outstanding = _outstanding_key(queue)
            pipeline = client().pipeline(transaction=False)
            pipeline.incr(outstanding)
            pipeline.expire(outstanding, OUTSTANDING_SECONDS, nx=True)
            if pipeline.execute()[0] > MOST_OUTSTANDING:
                return
            current_app.send_task("orchestration.drain", args=[queue], queue=queue)
    except _BROKEN as error:
        log.warning("a hint for queue %s was lost: %s", queue, error)


def taken(queue: str) -> None:
    """Say that a worker is about to look at a queue. Called before it looks, so that later work is hinted again."""
    try:
        client().delete(_outstanding_key(queue))
    except _BROKEN as error:
        log.warning("the hints of queue %s could not be counted: %s", queue, error)


def wake_later(delay_ms: int) -> None:
    """Have the sweeper look for due steps after a delay."""
    if delay_ms > LONGEST_TIMER_MS:
        return
    try:
        current_app.send_task("orchestration.sweep", countdown=delay_ms / 1000, queue="control")
    except _BROKEN as error:
        log.warning("a timer was lost: %s", error)


def stop(run_id: uuid.UUID) -> None:
    """Have whoever carries out steps of a run look at once whether they are still wanted."""
    try:
        client().publish(STOP_CHANNEL, str(run_id))
    except _BROKEN as error:
        log.warning("the news that run %s has ended was lost: %s", run_id, error)


def _outstanding_key(queue: str) -> str:
    return f"callboard:hints:{queue}"
