"""What the doctor looks at beside processes and tools: waiting work, the database's shape, the way in from outside."""

from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

#: A step that waits longer for a worker says that there are too few, or none.
LONGEST_WAIT_SECONDS = 60

_WAITING = """
SELECT queue, count(*), extract(epoch FROM clock_timestamp() - min(created_at))::int
FROM orchestration_steprun WHERE status = 'ready' GROUP BY queue ORDER BY queue
"""


class Waiting(NamedTuple):
    """Steps of a queue that are ready and that no worker has taken; the oldest was made so many seconds ago."""

    queue: str
    steps: int
    seconds: int

    @property
    def is_too_long(self) -> bool:
        return self.seconds > LONGEST_WAIT_SECONDS


def waiting() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return [Waiting(*row) for row in cursor.fetchall()]


def migrations_to_come() -> list[str]:
    """Return the migrations that this code has and the database has not seen."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def is_in_the_clear() -> bool:
    """Return whether others reach the instance without TLS, so that whoever is on the way can read along."""
    url = settings.CALLBOARD_URL
    is_local = any(url.startswith(f"http://{host}") for host in ("127.0.0.1", "localhost", "[::1]"))
    return url.startswith("http://") and not is_local
