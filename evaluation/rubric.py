"""The rubric as it is written on the agent field, and the questions it asks: one a line."""

import re

MOST_BYTES = 20 * 1024
MOST_ITEMS = 50

_BULLET = re.compile(r"^(?:[-*+•\u2013]|\(?\d{1,3}[.)]|\[[ xX]?\])\s+")


def questions(rubric: str) -> tuple[str, ...]:
    """Return the questions of a rubric: its lines that are not blank, without the bullets or numbers before them."""
    lines = (line.strip() for line in rubric.splitlines())
    return tuple(bare for line in lines if (bare := _without_bullets(line)))


def rubric_problem(rubric: str) -> str | None:
    """Return what is wrong with a rubric, or None."""
    if len(rubric.encode(errors="replace")) > MOST_BYTES:
        return f"The rubric is longer than {MOST_BYTES // 1024} KB."
    count = len(questions(rubric))
    if count > MOST_ITEMS:
        return f"The rubric has {count} lines. Use at most {MOST_ITEMS}."
    return None


def _without_bullets(line: str) -> str:
    while (bare := _BULLET.sub("", line)) != line:
        line = bare
    return line.strip()
