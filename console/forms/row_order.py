"""Moving the rows of a form about, by the buttons that `pipelines/row_acts.html` shows."""

from typing import TypeVar

Row = TypeVar("Row")


def rearrange(rows: list[Row], place: int, verb: str) -> None:
    """Carry out `up`, `down` or `remove` on the row at a place; other verbs change nothing."""
    row = rows[place]
    if verb == "remove":
        del rows[place]
    elif verb == "up" and place:
        rows[place - 1 : place + 1] = [row, rows[place - 1]]
    elif verb == "down":
        rows[place : place + 2] = rows[place : place + 2][::-1]
