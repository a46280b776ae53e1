"""Many rows at once by COPY, several times as fast as inserting them."""

from collections.abc import Iterable, Sequence

from django.db import connection


def copy_rows(statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Write rows by a `COPY … FROM STDIN`, in the caller's transaction; raise Django's database errors."""
    # Django gives psycopg's `copy` through as it is, errors and all.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
