"""What the form of an agent shows of an archive that was just uploaded."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents.archives.queries import archives_for
from console.access import Permission
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.guard import page


@require_safe
@page(Permission.VIEW_AGENTS)
def facts(request: PlacedRequest, archive_id: str) -> HttpResponse:
    archive = by_public_id(archives_for(request.place.actor), archive_id)
    return render(request, "agents/archive_facts.html", {"archive": archive})
