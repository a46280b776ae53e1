"""Settings, Audit trail: every change, who made it, and what it was before and after."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.access import Permission
from console.audit_trail import ACTIONS, batches, entries_for
from console.display.audit import COLUMNS, export_cells, trail_row
from console.forms.audit import PLATFORM, filters_in
from console.models import AuditEntry
from console.pager import pager_of
from console.paging import page as page_of
from console.services.members import people_of
from console.session import PlacedRequest
from console.views.guard import page
from evaluation.seeding.export import csv_line


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
    """Send everything that fits the filters as CSV, safe for spreadsheets, as it is read."""
    found = batches(entries_for(request.place.actor, filters_in(request.GET)))
    name = f"audit-trail-{timezone.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8", headers=headers)


async def _lines(found: Iterator[list[AuditEntry]]) -> AsyncIterator[str]:
    """Yield the file in pieces. Each batch is read in the thread of the request, whose database connection it is."""

    def read() -> list[AuditEntry]:
        return next(found, [])

    yield csv_line(COLUMNS)
    while batch := await sync_to_async(read)():
        yield "".join(csv_line(export_cells(entry)) for entry in batch)
