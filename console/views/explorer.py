"""The Data Explorer: runs by what they were, what came of them and when."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from agents.models import Agent, AgentRun, AgentVersion
from console.access import Actor
from console.display import explorer as shown
from console.forms.explorer import VIEWS, ExplorerQuery
from console.ids import from_public
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import Place, PlacedRequest
from console.set_up import seedable, set_up_steps
from console.views.guard import page
from console.views.rights import rights
from evaluation.explorer import Dimension, RunFilters, listed, moment_of, runs_matching
from evaluation.queries import bulk_acts_under_way, datasets_for
from evaluation.run_counts import MOST_COUNTED, Facets, count_up_to, facets_of
from evaluation.run_histogram import Bar, bars_of, window_of
from orchestration.models import Pipeline

_MOST_ROWS = 200
_MOST_NEW = 99


@require_safe
@vary_on_headers("HX-Request")
@page()
def index(request: PlacedRequest) -> HttpResponse:
    context = explorer_context(request.place, request.GET) | rights(request)
    if context["is_empty"]:
        context["steps"] = set_up_steps(request.place)
    template = "runs/explorer.html#explorer" if request.htmx else "runs/explorer.html"
    return render(request, template, context)


@require_safe
@page()
def rows(request: PlacedRequest) -> HttpResponse:
    """Answer an open page that asks for some of its rows anew, and how many runs are newer than its newest."""
    place = request.place
    asked = request.GET.get("ids", "").split(",")[:_MOST_ROWS]
    keys = [key for item in asked if (key := from_public(AgentRun.ID_PREFIX, item)) is not None]
    inside = runs_matching(place.actor, place.project.pk, RunFilters())
    context: dict[str, object] = {
        "runs": listed(inside).filter(pk__in=keys),
        "with_agent": "agent" in request.GET,
        "shape": "runs/recent_row.html" if request.GET.get("as") == "recent" else "runs/explorer_row.html",
        **rights(request),
    }
    newest = from_public(AgentRun.ID_PREFIX, request.GET.get("newest", ""))
    if newest is not None:
        query = ExplorerQuery(QueryDict(request.GET.get("query", "")))
        matching = runs_matching(place.actor, place.project.pk, query.filters(timezone.now()))
        context |= {"fresh": count_up_to(matching.filter(pk__gt=newest), _MOST_NEW), "fresh_url": query.url()}
    return render(request, "runs/rows.html", context)


def explorer_context(place: Place, data: QueryDict) -> dict[str, object]:
    """Return what the Data Explorer shows of a project for the filters of a URL."""
    query, now = ExplorerQuery(data), timezone.now()
    filters = query.filters(now)
    matching = runs_matching(place.actor, place.project.pk, filters)
    facets = facets_of(matching)
    found = page_of(listed(matching), cursor=data.get("cursor"))
    counts = _counts(place, filters, facets)
    names = _names(place.actor, filters, counts)
    first = None if found.items else _first_run(place)
    return {
        "query": query,
        "runs": found.items,
        "total": facets.total,
        "pager": pager_of(found, data, "run", str(facets.total)),
        "is_first_page": not data.get("cursor"),
        "is_empty": not found.items and first is None,
        "tabs": _tabs(place, query, now),
        "chips": shown.chips(query, filters, names, _others(place.actor, query)),
        "presets": shown.preset_options(query),
        "facets": shown.facet_groups(filters, counts, names),
        "seedable": seedable(place),
        "acts": list(bulk_acts_under_way(place.actor, place.project.pk)),
        "most_counted": MOST_COUNTED,
        **_histogram(place, query, filters, now),
    }


def _counts(place: Place, filters: RunFilters, facets: Facets) -> Mapping[Dimension, Counter[str]]:
    """Count the values of each dimension as if nothing were chosen in it, so that one sees what else there is.

    Only the newest are counted, among which those of a chosen value may be few: its own count is the better one.
    """
    counts = dict(facets.values)
    for dimension in filters.chosen:
        rows = runs_matching(place.actor, place.project.pk, filters.without(dimension))
        counts[dimension] = facets_of(rows).values[dimension] | facets.values[dimension]
    return counts


def _histogram(place: Place, query: ExplorerQuery, filters: RunFilters, now: datetime) -> dict[str, object]:
    first = _first_run(place)
    if first is None:
        return {"hours": []}
    window = window_of(first=first, now=now, since=filters.since, until=filters.until)
    window, bars = bars_of(runs_matching(place.actor, place.project.pk, filters.at_any_time()), window)
    if all(bar == Bar(bar.start, bar.end) for bar in bars):
        return {"hours": []}
    return {
        "hours": shown.hours(bars, filters),
        "hours_start": shown.axis_start(window, now),
        "hours_words": f"runs per {window.word}",
        "hours_url": query.at_any_time(),
    }


def _first_run(place: Place) -> datetime | None:
    """Return when the project's first run was made."""
    rows = runs_matching(place.actor, place.project.pk, RunFilters())
    key = rows.order_by("pk").values_list("pk", flat=True).first()
    return None if key is None else moment_of(key)


def _tabs(place: Place, query: ExplorerQuery, now: datetime) -> list[object]:
    views = []
    for view in VIEWS:
        encoded = urlencode(view.query)
        filters = ExplorerQuery(QueryDict(encoded)).filters(now)
        views.append((view.label, encoded, count_up_to(runs_matching(place.actor, place.project.pk, filters))))
    return list(shown.tabs(query, views))


def _names(actor: Actor, filters: RunFilters, counts: Mapping[Dimension, Counter[str]]) -> dict[str, shown.Name]:
    """Name the agents and pipelines that are counted or chosen, archived ones too."""
    models = {Dimension.AGENT: Agent, Dimension.PIPELINE: Pipeline}
    names = {}
    for dimension, model in models.items():
        keys = {*counts[dimension], *filters.chosen.get(dimension, ())} - {""}
        for row in model.objects.visible_to(actor).filter(pk__in=keys).only("id", "name"):
            names[str(row.pk)] = shown.Name(row.public_id, row.name)
    return names


def _others(actor: Actor, query: ExplorerQuery) -> dict[str, str]:
    """Name the version and the dataset that are filtered for."""
    filters = query.filters(timezone.now())
    found: dict[str, str] = {}
    if filters.version_id:
        rows = AgentVersion.objects.visible_to(actor).select_related("agent").only("number", "agent__name")
        version = rows.filter(pk=filters.version_id).first()
        found["version"] = str(version) if version else "not here any more"
    if filters.dataset_id:
        name = datasets_for(actor).filter(pk=filters.dataset_id).values_list("name", flat=True).first()
        found["dataset"] = name or "not here any more"
    return found
