"""Runs as a file: everything that fits the filters."""

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.exports import RunFileKind, runs_file
from console.forms.explorer import ExplorerQuery
from console.session import PlacedRequest
from console.views.guard import page


@require_safe
@page()
def export(request: PlacedRequest) -> HttpResponseBase:
    kind = RunFileKind.JSONL if request.GET.get("format") == RunFileKind.JSONL else RunFileKind.CSV
    place, filters = request.place, ExplorerQuery(request.GET).filters(timezone.now())
    return runs_file(place.actor, place.project.pk, filters, kind)
