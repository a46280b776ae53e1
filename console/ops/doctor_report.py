"""The doctor's report as pages and the API show it: looked up lately, or now."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import redis
from django.core.cache import cache
from django.utils import timezone

from console.ops.doctor import Line, examine

_KEY = "callboard:health"
#: Looking takes seconds and opens sandboxes, so that everybody shares one look for a while.
_KEEP_SECONDS = 20


class Report(NamedTuple):
    lines: list[Line]
    checked_at: datetime


def report(*, again: bool = False) -> Report:
    """Return what was found lately, or look now. A broker that is away can't keep it, and is what is to be found."""
    with suppress(redis.RedisError):
        found: Report | None = None if again else cache.get(_KEY)
        if found is not None:
            return found
    made = Report(examine(), timezone.now())
    with suppress(redis.RedisError):
        cache.set(_KEY, made, _KEEP_SECONDS)
    return made
