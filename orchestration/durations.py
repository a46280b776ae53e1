"""Lengths of time as people write them: ISO 8601 (`PT5M`), or a number and a unit (`500ms`, `5s`, `5m`, `2h`, `1d`)."""

import re
from typing import Annotated

from pydantic import AfterValidator

LONGEST_MS = 366 * 24 * 3_600_000
_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_ISO = re.compile(
    r"P(?:(?P<w>\d+(?:\.\d+)?)W)?(?:(?P<d>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<h>\d+(?:\.\d+)?)H)?(?:(?P<m>\d+(?:\.\d+)?)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_LONGEST_TEXT = 64


def duration_ms(text: str) -> int:
    """Return how many milliseconds `text` says; raise ValueError for what is no duration, or longer than a year."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError("This is no duration. Write PT5M, 500ms, 5s, 5m, 2h or 1d.")
    parts = _parts(text.strip())
    if not parts:
        raise ValueError(f"{text!r} is no duration. Write PT5M, 500ms, 5s, 5m, 2h or 1d.")
    total = round(sum(number * _MS[unit] for unit, number in parts.items()))
    if total > LONGEST_MS:
        raise ValueError(f"{text!r} is longer than a year.")
    return total


def _parts(text: str) -> dict[str, float]:
    if found := _SHORT.fullmatch(text):
        return {found[2]: float(found[1])}
    iso = _ISO.fullmatch(text)
    return (
        {} if iso is None else {unit: float(number) for unit, number in iso.groupdict().items() if number is not None}
    )


def _checked(text: str) -> str:
    duration_ms(text)
    return text


#: A setting that is a duration.
Duration = Annotated[str, AfterValidator(_checked)]
