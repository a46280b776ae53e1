"""The versions of an agent, and what changed from one to another."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents.models import Agent, AgentVersion
from agents.queries import agent_versions_for, agents_for, credentials_for
from console.access import Permission
from console.display import agents as shown
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.guard import page

_DRAFT = "draft"


@require_safe
@page(Permission.VIEW_AGENTS)
def show(request: PlacedRequest, agent_id: str) -> HttpResponse:
    """Compare the two that the URL names, else the newest with the one before it."""
    actor = request.place.actor
    agent = by_public_id(agents_for(actor), agent_id)
    versions = agent_versions_for(actor, agent)
    numbers = [str(number) for number in versions.values_list("number", flat=True)]
    sides = shown.sides(
        [_DRAFT, *numbers] if agent.has_changes else numbers,
        before=request.GET.get("from", ""),
        after=request.GET.get("to", ""),
    )
    found = page_of(versions.defer("spec"), cursor=request.GET.get("cursor"))
    context = {
        "agent": agent,
        "agent_page": "versions",
        "sides": sides,
        "page": found,
        "pager": pager_of(found, request.GET, "version"),
        "version_count": len(numbers),
    }
    if sides:
        before, after = (_spec(agent, versions, name) for name in (sides.before, sides.after))
        context["changes"] = shown.changes(before, after, shown.credential_names(credentials_for(actor)))
    return render(request, "agents/versions.html", context)


def _spec(agent: Agent, versions: "QuerySet[AgentVersion]", name: str) -> shown.Spec:
    spec: shown.Spec = agent.draft if name == _DRAFT else versions.get(number=int(name)).spec
    return spec
