"""What an instance asks of its database while nothing is to be done."""

import time

from django.db import connection

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_most
from console.embedded import processes

#: Workers that have just begun still look around.
SETTLE_SECONDS = 5


def measure(scale: Scale) -> list[Result]:
    with running(processes.web, processes.control_worker, processes.agents_worker, processes.beat):
        time.sleep(SETTLE_SECONDS)
        samples = [_transactions_a_second(scale.pick(20, 10)) for _ in range(scale.pick(2, 1))]
    return [Result("idle: transactions of the database", "1/s", samples, at_most(5))]


def _transactions_a_second(seconds: int) -> float:
    """Return the rate of transactions, of which an idle instance makes one a query. Our own two are not counted."""
    before = _transactions()
    time.sleep(seconds)
    return (_transactions() - before - 1) / seconds


def _transactions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")
        count: int = cursor.fetchone()[0]
    return count
