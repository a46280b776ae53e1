"""Home: what waits for a person or broke, how good the work is, what runs now, what ran last."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from agents.models import AgentRunStatus
from console.display import home as shown
from console.display.options import Attention
from console.session import PlacedRequest
from console.set_up import seedable, set_up_steps
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights
from evaluation.attention import broken_groups, ungraded_groups
from evaluation.explorer import RunFilters, listed, moment_of, runs_matching
from evaluation.models import Dataset, DatasetStatus
from evaluation.pass_rate import days_of
from evaluation.queries import datasets_for
from evaluation.run_counts import count_up_to

_RUNS_SHOWN = 13
_MOST_OF_A_KIND = 5
#: What broke longer ago is history, which the Data Explorer keeps.
_LOOKED_BACK = timedelta(days=7)


@require_safe
@page()
def index(request: PlacedRequest) -> HttpResponse:
    place, now = request.place, timezone.now()
    runs = runs_matching(place.actor, place.project.pk, RunFilters())
    recent = list(listed(runs).order_by("-pk")[:_RUNS_SHOWN])
    context: dict[str, object] = {"runs": recent, "seedable": seedable(place), **rights(request)}
    if not recent:
        return render(request, "home/home.html", context | {"steps": set_up_steps(place)})
    span = shown.span_of(request.GET.get("days", ""))
    context |= {
        "attention": _attention(request, now),
        "rate": shown.pass_rate(days_of(runs, now=now, days=2 * span), span, now),
        "spans": shown.span_options(span),
        **_at_work(request),
    }
    return render(request, "home/home.html", context)


@require_POST
@page()
def seen(request: PlacedRequest) -> HttpResponse:
    """Leave what broke until now out of the list, for this person and as long as they are signed in."""
    request.session[_seen_key(request)] = timezone.now().isoformat()
    return see_other("home")


def _attention(request: PlacedRequest, now: datetime) -> list[Attention]:
    """Return what waits first, the oldest on top, then what broke, the newest on top."""
    place = request.place
    since = max(now - _LOOKED_BACK, _seen_at(request) or now - _LOOKED_BACK)
    runs = runs_matching(place.actor, place.project.pk, RunFilters(since=since))
    return [
        *shown.upload_attention(_uploads(request, since)),
        *shown.broken_attention(broken_groups(runs, _MOST_OF_A_KIND)),
        *shown.ungraded_attention(ungraded_groups(runs, _MOST_OF_A_KIND)),
    ]


def _uploads(request: PlacedRequest, since: datetime) -> list[Dataset]:
    """Return the uploads that wait for somebody, one's own where only their owner can know, and those that broke."""
    place = request.place
    own = Q(status=DatasetStatus.CHECKED, created_by_id=place.user.pk, good_rows__gt=0)
    broke = Q(status=DatasetStatus.FAILED, updated_at__gte=since)
    rows = datasets_for(place.actor).filter(own | broke | Q(status=DatasetStatus.PAUSED), project=place.project)
    rows = rows.select_related(None).select_related("pipeline").defer("left_out")
    return list(rows.order_by("pk")[:_MOST_OF_A_KIND])


def _at_work(request: PlacedRequest) -> dict[str, object]:
    place = request.place
    runs = runs_matching(place.actor, place.project.pk, RunFilters())
    queued = runs.filter(status=AgentRunStatus.QUEUED)
    oldest = queued.order_by("pk").values_list("pk", flat=True).first()
    return {
        "running": count_up_to(runs.filter(status=AgentRunStatus.RUNNING)),
        "queued": count_up_to(queued),
        "queued_since": moment_of(oldest) if oldest else None,
        "seeding": datasets_for(place.actor)
        .filter(project=place.project, status=DatasetStatus.SEEDING)
        .select_related(None)
        .defer("left_out")[:_MOST_OF_A_KIND],
    }


def _seen_key(request: PlacedRequest) -> str:
    return f"seen:{request.place.project.pk}"


def _seen_at(request: PlacedRequest) -> datetime | None:
    return parse_datetime(str(request.session.get(_seen_key(request), "")))
