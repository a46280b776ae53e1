"""The one shape of a list: its items and the cursor of what follows."""

from collections.abc import Callable
from typing import Generic, TypeVar

from ninja import Schema

from console.lists.paging import Page
from console.tenancy import Row

Out = TypeVar("Out")


class ListOut(Schema, Generic[Out]):
    """A page of a list. Pass `next_cursor` as `cursor` for the page behind it; null is the end."""

    items: list[Out]
    next_cursor: str | None


def list_out(page: Page[Row], shape: Callable[[Row], Out]) -> ListOut[Out]:
    return ListOut[Out](items=[shape(row) for row in page.items], next_cursor=page.older)
