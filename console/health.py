"""Whether everything is up: what `/healthz` answers."""

from dataclasses import dataclass

import redis
from django.db import DatabaseError, connection

from console import presence
from console.celery import QUEUES


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must be there; `problem` is empty where it is."""

    name: str
    problem: str = ""


def parts() -> list[Part]:
    """Return the state of web, database, broker, a worker on each queue and the scheduler."""
    return [Part("web"), _database(), *_broker_and_processes()]


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Part("database", "The database does not answer.")
    return Part("database")


def _broker_and_processes() -> list[Part]:
    try:
        here = presence.present()
    except (redis.RedisError, OSError):
        return [Part("broker", "The broker does not answer.")]
    wanted = {f"worker-{queue}": f"No worker serves the queue {queue}." for queue in QUEUES}
    wanted["beat"] = "The scheduler does not tick."
    return [Part("broker"), *(Part(name, "" if name in here else problem) for name, problem in wanted.items())]
