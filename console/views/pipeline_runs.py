"""The runs of pipelines of nodes, steps and stages: the list, and what can be done with many of them."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from console.access import Permission
from console.display.numbers import plural
from console.display.options import Option
from console.display.pipeline_runs import run_rows
from console.errors import DomainError, Invalid, Problem
from console.forms.pipeline_runs import KINDS, VIEWS, RunsQuery
from console.ids import from_public
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights
from orchestration.models import Pipeline, Run
from orchestration.queries import pipelines_for, runs_for
from orchestration.services.runs import run_rerun, runs_cancel

_MOST_TICKED = 200


@require_safe
@page()
def index(request: PlacedRequest) -> HttpResponse:
    query = RunsQuery(request.GET)
    found = page_of(_listed(query.matching(_runs(request))), cursor=request.GET.get("cursor"))
    context = {
        "query": query,
        "rows": run_rows(found.items),
        "pager": pager_of(found, request.GET, "run"),
        "tabs": [
            Option(label, url=query.url(status=value) or "?", is_current=query.status == value)
            for label, value in VIEWS
        ],
        "kinds": [Option(kind.label, kind.value, is_current=query.kind == kind.value) for kind in KINDS],
        "pipeline": _pipeline(request, query),
        "is_empty": not found.items and not query.is_filtered,
        **rights(request),
    }
    return render(request, "runs/pipeline_runs.html", context)


@require_safe
@page()
def rows(request: PlacedRequest) -> HttpResponse:
    """Answer an open page that asks for some of its rows anew."""
    runs = _listed(_runs(request).filter(pk__in=_keys(request.GET.get("ids", "").split(","))))
    columns = {"with_pipeline": "pipeline" in request.GET, "with_select": "select" in request.GET}
    return render(request, "runs/pipeline_run_rows.html", {"rows": run_rows(runs), **columns})


@require_POST
@page(Permission.RUN)
def act(request: PlacedRequest) -> HttpResponse:
    """Cancel the runs that are ticked, or start them again."""
    runs = list(_runs(request).filter(pk__in=_keys(request.POST.getlist("run"))))
    match request.POST.get("verb"):
        case "cancel":
            words = f"{plural(runs_cancel(actor=request.place.actor, runs=runs), 'run')} cancelled"
        case "rerun":
            words = f"{plural(_rerun(request, runs), 'run')} started again"
        case _:
            raise Invalid.of([Problem("Say what to do: cancel or rerun.", "verb")])
    messages.success(request, words)
    return see_other(f"{reverse('pipeline-runs')}?{request.POST.get('query', '')}")


def _rerun(request: PlacedRequest, runs: list[Run]) -> int:
    """Start runs again and return how many; one that can't be is named."""
    started = 0
    for run in runs:
        try:
            run_rerun(actor=request.place.actor, run=run)
        except DomainError as error:
            messages.warning(request, f"{run}: {error.message}")
        else:
            started += 1
    return started


def _runs(request: PlacedRequest) -> "QuerySet[Run]":
    return runs_for(request.place.actor).filter(project=request.place.project, pipeline__dialect__in=KINDS)


def _pipeline(request: PlacedRequest, query: RunsQuery) -> Pipeline | None:
    """Return the pipeline that is filtered for."""
    key = query.pipeline_id
    return pipelines_for(request.place.actor).filter(pk=key).first() if key else None


def _listed(runs: "QuerySet[Run]") -> "QuerySet[Run]":
    return runs.defer("input", "error", "version__graph", "version__definition", "pipeline__draft")


def _keys(public_ids: list[str]) -> list[uuid.UUID]:
    return [key for item in public_ids[:_MOST_TICKED] if (key := from_public(Run.ID_PREFIX, item)) is not None]
