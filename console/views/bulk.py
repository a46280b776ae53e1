"""Rerun, re-grade or cancel: the runs that are ticked, or everything that fits the filters."""

from typing import NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from agents.models import AgentRun
from console.access import Permission
from console.display.numbers import plural
from console.errors import Invalid, Problem
from console.forms.explorer import ExplorerQuery
from console.ids import from_public
from console.session import PlacedRequest
from console.views.answers import see_other
from console.views.explorer import explorer_context
from console.views.guard import page
from console.views.rights import rights
from evaluation.explorer import RunFilters, runs_matching
from evaluation.models import BulkVerb
from evaluation.queries import bulk_acts_under_way
from evaluation.services.bulk import BulkResult, runs_act


class _Words(NamedTuple):
    """What a verb does to runs: what has been done, what is under way, and what could not be done."""

    done: str
    doing: str
    never: str


_WORDS = {
    BulkVerb.RERUN: _Words("run again", "being run again", "run again: none has ended"),
    BulkVerb.REGRADE: _Words("being graded again", "being graded again", "graded again: none has a result to grade"),
    BulkVerb.CANCEL: _Words("cancelled", "being cancelled", "cancelled: all have ended"),
}
_MOST_TICKED = 200


@require_POST
@page(Permission.RUN)
def act(request: PlacedRequest) -> HttpResponse:
    verb = next((verb for verb in BulkVerb if verb == request.POST.get("verb")), None)
    if verb is None:
        raise Invalid.of([Problem("Say what to do: rerun, regrade or cancel.", "verb")])
    data = QueryDict(request.POST.get("query", ""))
    place = request.place
    runs = _everything(request, data) if request.POST.get("everything") else _ticked(request)
    result = runs_act(actor=place.actor, project=place.project, verb=verb, agent_runs=runs)
    words = _words(verb, result)
    if request.htmx:
        response = render(request, "runs/explorer.html#explorer", explorer_context(place, data) | rights(request))
        tone = "waiting" if result.done == 0 else "passed"
        return trigger_client_event(response, "toast", {"text": words, "tone": tone})
    messages.success(request, words)
    return see_other(f"{reverse('runs')}?{data.urlencode()}")


@require_safe
@page()
def under_way(request: PlacedRequest) -> HttpResponse:
    """Answer an open page that asks how far the acts in the background have come."""
    acts = bulk_acts_under_way(request.place.actor, request.place.project.pk)
    return render(request, "runs/acts.html", {"acts": list(acts)})


def _ticked(request: PlacedRequest) -> "QuerySet[AgentRun]":
    asked = request.POST.getlist("run")[:_MOST_TICKED]
    keys = [key for item in asked if (key := from_public(AgentRun.ID_PREFIX, item)) is not None]
    return runs_matching(request.place.actor, request.place.project.pk, RunFilters()).filter(pk__in=keys)


def _everything(request: PlacedRequest, data: QueryDict) -> "QuerySet[AgentRun]":
    filters = ExplorerQuery(data).filters(timezone.now())
    return runs_matching(request.place.actor, request.place.project.pk, filters)


def _words(verb: BulkVerb, result: BulkResult) -> str:
    words = _WORDS[verb]
    if result.done is None:
        return f"{plural(result.asked, 'run')} are {words.doing}, in the background"
    if not result.done:
        return f"No run was {words.never}"
    if result.done == result.asked:
        return f"{plural(result.done, 'run')} {words.done}"
    return f"{result.done:,} of {plural(result.asked, 'run')} {words.done}. The others did not fit"
