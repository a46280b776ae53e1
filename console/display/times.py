"""Points in time as a person says them. The same rules are in static/js/times.js, which keeps open pages fresh."""

from datetime import datetime

_MINUTE = 60
_HOUR = 3600
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_NOW_SECONDS = 5


def ago(moment: datetime, now: datetime, *, is_short: bool = False) -> str:
    """Write how far a moment lies from now: "4 min ago", "in 3 h", "18 Nov". Short leaves out "ago"."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < _NOW_SECONDS:
        return "just now"
    if distance >= _WEEK:
        return day(moment, now)
    words = _distance(distance)
    if seconds < 0:
        return f"in {words}"
    return words if is_short else f"{words} ago"


def exact(moment: datetime) -> str:
    """Write a moment in full with its zone: 21 Nov 2026, 14:06:31 UTC."""
    return f"{moment.day} {moment:%b %Y, %H:%M:%S %Z}"


def day(moment: datetime, now: datetime) -> str:
    return f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"


def _distance(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{int(seconds)} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY)} d"
