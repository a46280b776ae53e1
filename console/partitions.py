"""Append-only tables partitioned by month, so that keeping history bounded is dropping a table.

Each such table has a default partition, which catches rows should the months ahead not have been made in time.
"""

from datetime import UTC, date, datetime

from django.db import connection

#: Months made ahead of the present one.
MONTHS_AHEAD = 2


def create_table_sql(table: str, columns: str, primary_key: str) -> str:
    """Return the SQL of a migration that creates a table partitioned by `created_at`."""
    return (
        f"CREATE TABLE {table} ({columns}, created_at timestamptz NOT NULL, PRIMARY KEY ({primary_key}, created_at)) "
        f"PARTITION BY RANGE (created_at); CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT;"
    )


def ensure(table: str, *, today: date | None = None) -> None:
    """Create the partitions of this month and the next ones where they are missing. Safe to run at any time.

    A month that already has rows in the default partition is left there: PostgreSQL would refuse to split it off.
    A table that is not there yet, or no longer, is left alone too.
    """
    first = (today or datetime.now(tz=UTC).date()).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [table])
        if cursor.fetchone()[0] is None:
            return
        for _ in range(MONTHS_AHEAD + 1):
            following = _next_month(first)
            name = f"{table}_{first:%Y_%m}"
            cursor.execute("SELECT to_regclass(%s)", [name])
            exists = cursor.fetchone()[0] is not None
            if not exists and not _holds_rows(f"{table}_rest", first, following):
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{first}') TO ('{following}')"
                )
            first = following


def _holds_rows(table: str, start: date, end: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table} WHERE created_at >= %s AND created_at < %s)",  # noqa: S608  # our own names
            [start, end],
        )
        return bool(cursor.fetchone()[0])


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
