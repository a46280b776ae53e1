from contextlib import suppress
from datetime import datetime

import redis
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from console.access import Permission
from console.doctor import Line, examine, worst
from console.session import PlacedRequest
from console.views.guard import page

_KEY = "callboard:health"
#: Looking takes seconds and opens sandboxes, so that everybody shares one look for a while.
_KEEP_SECONDS = 20

Look = tuple[list[Line], datetime]


@require_GET
@page(Permission.MANAGE_ORGANIZATION)
def health(request: PlacedRequest) -> HttpResponse:
    """Show the doctor's report. The page comes at once; the report follows when it is ready."""
    return render(request, "health/health.html")


@require_GET
@page(Permission.MANAGE_ORGANIZATION)
def report(request: PlacedRequest) -> HttpResponse:
    lines, checked_at = _look(again="again" in request.GET)
    sections: dict[str, list[Line]] = {}
    for line in lines:
        sections.setdefault(line.section, []).append(line)
    context = {
        "sections": sections,
        "checked_at": checked_at,
        "worst": worst(lines).value,
        "problems": sum(line.level.value != "ok" for line in lines),
        "text": "\n".join(f"{line.level.value:8}{line.subject}: {line.text} {line.fix}".rstrip() for line in lines),
    }
    return render(request, "health/health.html#report", context)


def _look(*, again: bool) -> Look:
    """Return what was found lately, or look now. A broker that is away can't keep it, and is what is to be found."""
    with suppress(redis.RedisError):
        found: Look | None = None if again else cache.get(_KEY)
        if found is not None:
            return found
    found = (examine(), timezone.now())
    with suppress(redis.RedisError):
        cache.set(_KEY, found, _KEEP_SECONDS)
    return found
