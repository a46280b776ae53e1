"""Whether everything is up: what `/healthz` answers."""

import shutil
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import Error, connection

from console.celery import QUEUES
from console.ops import presence

#: With less room than this, uploads and sandboxes are about to fail, and the database after them.
LEAST_FREE_BYTES = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must be there; `problem` is empty where it is."""

    name: str
    problem: str = ""


def parts() -> list[Part]:
    """Return the state of web, database, disk, broker, a worker on each queue and the scheduler."""
    return [Part("web"), _database(), _disk(), *_broker_and_processes()]


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return Part("database", "The database does not answer.")
    return Part("database")


def _disk() -> Part:
    free = shutil.disk_usage(settings.CALLBOARD_HOME.path).free
    if free < LEAST_FREE_BYTES:
        return Part("disk", f"Only {free // 1024**2} MB are free where CALLBOARD_HOME lies.")
    return Part("disk")


def _broker_and_processes() -> list[Part]:
    try:
        here = presence.present()
    except (redis.RedisError, OSError):
        return [Part("broker", "The broker does not answer.")]
    wanted = {f"worker-{queue}": f"No worker serves the queue {queue}." for queue in QUEUES}
    wanted["beat"] = "The scheduler does not tick."
    return [Part("broker"), *(Part(name, "" if name in here else problem) for name, problem in wanted.items())]
