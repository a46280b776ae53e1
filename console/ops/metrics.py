"""What a monitoring system is told: read from the database at each scrape, so that any web process tells the same.

How far sockets lag behind is the one thing that only a web process knows; each tells its own.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from console.celery import QUEUES
from console.live.feed import project_feeds
from console.live.hub import run_hubs
from console.live.lag import LAG
from console.ops import presence
from orchestration.journal import LEASE_SECONDS

#: What has ended is counted among what was started so lately: all there ever was would take long to count.
RECENT = timedelta(hours=1)

_RUNS = """
SELECT status, count(*) FROM orchestration_run
WHERE finished_at IS NULL OR id >= %s GROUP BY status
"""
_STEPS = """
SELECT queue, status, count(*), COALESCE(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
FROM orchestration_steprun WHERE status IN ('queued', 'ready') GROUP BY queue, status
"""
_LEASES = """
SELECT queue, count(*), extract(epoch FROM clock_timestamp() - min(lease_expires_at)) + %s
FROM orchestration_steprun WHERE status = 'running' GROUP BY queue
"""
_SANDBOXES = """
SELECT sandbox, count(*) FROM agents_agentrun WHERE id >= %s AND sandbox <> '' GROUP BY sandbox
"""
_FAILURES = """
SELECT cause, error_code, count(*) FROM agents_agentrun WHERE id >= %s AND error_code <> '' GROUP BY cause, error_code
"""
_VERDICTS = """
SELECT verdict, count(*) FROM evaluation_verdict WHERE id >= %s GROUP BY verdict
"""


def exposition() -> bytes:
    """Return everything in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Database())
    registry.register(_Processes())
    return generate_latest(registry) + generate_latest(LAG)


class _Database(Collector):
    def collect(self) -> Iterable[Metric]:
        since = _first_id_since(datetime.now(tz=UTC) - RECENT)
        yield _gauge("runs", "Runs under way, and those started within the last hour", ["status"], _rows(_RUNS, since))
        yield from _steps()
        yield from _leases()
        yield _gauge(
            "sandbox_opens_last_hour", "Sandboxes opened for agent runs of the last hour", ["backend"],
            _rows(_SANDBOXES, since),
        )  # fmt: skip
        yield _gauge(
            "agent_run_failures_last_hour", "Agent runs of the last hour that broke, and why", ["cause", "code"],
            _rows(_FAILURES, since),
        )  # fmt: skip
        yield _gauge(
            "verdicts_last_hour", "Verdicts of the last hour; UNGRADED are those the judge could not give", ["verdict"],
            _rows(_VERDICTS, since),
        )  # fmt: skip


class _Processes(Collector):
    def collect(self) -> Iterable[Metric]:
        here = _present()
        names = [*(f"worker-{queue}" for queue in QUEUES), "beat"]
        yield _gauge(
            "process_up", "Whether a process of this kind is there", ["process"], [(n, n in here) for n in names]
        )
        sockets = [("run", run_hubs.watching), ("project", project_feeds.watching)]
        yield _gauge("sockets", "Sockets open on this web process", ["on"], sockets)


def _present() -> set[str]:
    """Return who is there; nobody, where the broker is away and can't say."""
    try:
        return presence.present()
    except (redis.RedisError, OSError):
        return set()


def _steps() -> Iterator[Metric]:
    rows = _rows(_STEPS)
    labels = ["queue", "status"]
    yield _gauge("queue_steps", "Steps that wait: queued for a cap, ready for a worker", labels, [r[:3] for r in rows])
    ages = [(queue, status, age) for queue, status, _, age in rows]
    yield _gauge("queue_age_seconds", "How long the oldest of them has been there", labels, ages)


def _leases() -> Iterator[Metric]:
    rows = _rows(_LEASES, LEASE_SECONDS)
    yield _gauge("leases", "Steps that a worker carries out", ["queue"], [row[:2] for row in rows])
    ages = [(queue, max(0.0, float(age))) for queue, _, age in rows]
    yield _gauge("lease_age_seconds", "How long ago the least lately renewed lease was renewed", ["queue"], ages)


def _gauge(name: str, text: str, labels: list[str], rows: Iterable[tuple[Any, ...]]) -> Metric:
    family = GaugeMetricFamily(f"callboard_{name}", text, labels=labels)
    for *values, number in rows:
        family.add_metric([str(value) for value in values], float(number))
    return family


def _rows(sql: str, *parameters: str | float | uuid.UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return list(cursor.fetchall())


def _first_id_since(moment: datetime) -> uuid.UUID:
    """Return what no key of a row made since is below: ours begin with the time (RFC 9562, 5.7)."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=milliseconds << 80)
