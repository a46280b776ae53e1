"""Settings, Audit trail: every change, who made it, and what it was before and after."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.access import Permission
from console.audit_trail import ACTIONS, entries_for
from console.display.audit import trail_row
from console.exports import trail_file
from console.forms.audit import PLATFORM, filters_in
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.services.members import people_of
from console.session import PlacedRequest
from console.views.guard import page


@require_safe
@page(Permission.MANAGE_ORGANIZATION)
def index(request: PlacedRequest) -> HttpResponse:
    actor, filters = request.place.actor, filters_in(request.GET)
    found = page_of(entries_for(actor, filters), cursor=request.GET.get("cursor"))
    context = {
        "rows": [trail_row(entry) for entry in found.items],
        "pager": pager_of(found, request.GET, "entry"),
        "is_filtered": filters.are_any,
        "people": people_of(actor),
        "actions": sorted(ACTIONS.items(), key=lambda item: item[1]),
        "platform": PLATFORM,
        "query": request.GET,
    }
    return render(request, "settings/audit.html", context)


@require_safe
@page(Permission.MANAGE_ORGANIZATION)
def export(request: PlacedRequest) -> HttpResponseBase:
    return trail_file(request.place.actor, filters_in(request.GET))
