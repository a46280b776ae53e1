from datetime import UTC, date, datetime

import pytest
from django.db import connection

from console import partitions

TABLE = "orchestration_runevent"

pytestmark = pytest.mark.django_db


def tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE])
        return {name for (name,) in cursor.fetchall()}


def test_a_migrated_database_has_the_months_ahead():
    today = datetime.now(tz=UTC).date()
    assert f"{TABLE}_{today:%Y_%m}" in tables()
    assert len(tables()) >= 1 + 1 + partitions.MONTHS_AHEAD


def test_months_are_made_once_and_across_the_year():
    for _ in range(2):
        partitions.ensure(TABLE, today=date(2040, 11, 30))
    assert {f"{TABLE}_2040_11", f"{TABLE}_2040_12", f"{TABLE}_2041_01"} <= tables()
    assert f"{TABLE}_2041_02" not in tables()


def test_a_month_that_has_rows_elsewhere_is_left_where_it_is():
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (organization_id, run_id, seq, kind, data, created_at) "  # noqa: S608  # our own table
            "VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'run.started', '{}', '2041-05-05')"
        )
    partitions.ensure(TABLE, today=date(2041, 5, 1))
    assert f"{TABLE}_2041_05" not in tables()
    assert f"{TABLE}_2041_06" in tables()


def test_a_table_that_is_not_there_is_left_alone():
    partitions.ensure("no_such_table", today=date(2040, 1, 1))
