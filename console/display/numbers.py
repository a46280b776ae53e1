"""Durations, costs, counts and sizes as they are written everywhere in the console."""

import re
from decimal import Decimal

#: What stands where there is no value.
NOTHING = "\N{EN DASH}"

_SECOND_MS = 1000
#: What a round duration ends in.
_ZEROS = re.compile(r"\.0(?= s$)| 00 [smh]$")
_SHORT_SECONDS = 9.95
_MINUTE = 60
_HOUR = 3600
_DAYS_FROM_HOURS = 72
_KILO = 1000
_SMALLEST_COST = Decimal("0.0005")
_WHOLE_COST = 100


def duration(milliseconds: float | None) -> str:
    """Write a duration: 40 ms, 4.6 s, 52 s, 5 m 18 s, 3 h 20 m, 4 d 02 h."""
    if milliseconds is None:
        return NOTHING
    if round(milliseconds) < _SECOND_MS:
        return f"{round(milliseconds)} ms"
    if milliseconds / _SECOND_MS < _SHORT_SECONDS:
        return f"{milliseconds / _SECOND_MS:.1f} s"
    return _long_duration(round(milliseconds / _SECOND_MS))


def round_duration(milliseconds: float) -> str:
    """Write a duration that is round, such as on an axis, without its zeros: 2 s, 15 m, 1 h, 1 h 30 m."""
    return _ZEROS.sub("", duration(milliseconds))


def cost(dollars: Decimal | float | None) -> str:
    """Write a cost: $0.412, $0.000 for what is free, a dash for what is unknown."""
    if dollars is None:
        return NOTHING
    amount = Decimal(str(dollars))
    if 0 < amount < _SMALLEST_COST:
        return "<$0.001"
    return f"${amount:,.3f}" if amount < _WHOLE_COST else f"${amount:,.2f}"


def count(number: float | None) -> str:
    """Write a number with its thousands apart: 1,284."""
    return NOTHING if number is None else f"{number:,}"


def percent(share: float | None) -> str:
    """Write a share of one: 86.9%."""
    return NOTHING if share is None else f"{share * 100:.1f}%"


def byte_size(size: float | None) -> str:
    """Write a size: 312 bytes, 1.2 KB, 18.2 MB."""
    if size is None:
        return NOTHING
    if size == 1:
        return "1 byte"
    if size < _KILO:
        return f"{size:.0f} bytes"
    amount = float(size)
    for unit in ("KB", "MB", "GB"):
        amount /= _KILO
        if round(amount, 1) < _KILO:
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
    return f"{amount / _KILO:.1f} TB"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: 1 run, 14 runs."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _long_duration(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} m {seconds % _MINUTE:02d} s"
    minutes = round(seconds / _MINUTE)
    hours = minutes // _MINUTE
    if hours < _DAYS_FROM_HOURS:
        return f"{hours} h {minutes % _MINUTE:02d} m"
    return f"{hours // 24} d {hours % 24:02d} h"
