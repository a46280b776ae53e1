"""Lists in pages by key: the cost of a page does not grow with the size of its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from django.db.models import QuerySet

from console.errors import Invalid, Problem
from console.ids import from_public
from console.tenancy import Row

DEFAULT_LIMIT = 50
MOST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows from the newest to the oldest, and the cursors of the pages on either side, None where there is none."""

    items: Sequence[Row]
    older: str | None
    newer: str | None


def page(rows: "QuerySet[Row]", *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """Return a page of rows by descending key.

    A cursor is the public id of a row: alone it gives the rows older than it, behind a `-` the rows newer than it.
    """
    limit = max(1, min(limit, MOST))
    backwards = bool(cursor) and str(cursor).startswith("-")
    key = _key(rows, cursor.removeprefix("-")) if cursor else None
    if backwards:
        found = list(rows.filter(pk__gt=key).order_by("pk")[: limit + 1])[::-1]
        items = found[-limit:]
        return Page(items, older=items[-1].public_id if items else None, newer=_newer(items, len(found) > limit))
    scoped = rows if key is None else rows.filter(pk__lt=key)
    found = list(scoped.order_by("-pk")[: limit + 1])
    items = found[:limit]
    older = items[-1].public_id if len(found) > limit else None
    return Page(items, older=older, newer=_newer(items, key is not None))


def _newer(items: Sequence[Row], there_are_more: bool) -> str | None:  # noqa: FBT001  # one caller, one meaning
    return f"-{items[0].public_id}" if items and there_are_more else None


def _key(rows: "QuerySet[Row]", public_id: str) -> object:
    key = from_public(rows.model.ID_PREFIX, public_id)
    if key is None:
        raise Invalid.of([Problem("This is not a cursor that a page of this list gave.", "cursor")])
    return key
