"""The image of an agent: its card, and building it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from agents.images.errors import BuildUnderWay
from agents.models import Agent, ImageState
from agents.queries import agents_for
from agents.services.images import image_build, image_build_cancel
from console.access import Permission
from console.display.images import image_card
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.VIEW_AGENTS)
def show(request: PlacedRequest, agent_id: str) -> HttpResponse:
    """Show the card alone, for a page that has heard that the image has moved on."""
    agent = by_public_id(agents_for(request.place.actor), agent_id)
    return render(request, "agents/image.html", {"card": image_card(request.place.actor, agent)})


@require_POST
@page(Permission.EDIT_AGENTS)
def build(request: PlacedRequest, agent_id: str) -> HttpResponse:
    agent = by_public_id(agents_for(request.place.actor), agent_id)
    _build(request, agent, rebuild=request.POST.get("rebuild") == "1")
    return see_other("agent", agent.public_id)


@require_POST
@page(Permission.EDIT_AGENTS)
def cancel(request: PlacedRequest, agent_id: str) -> HttpResponse:
    agent = by_public_id(agents_for(request.place.actor), agent_id)
    image_build_cancel(actor=request.place.actor, agent=agent)
    messages.success(request, f"The build of {agent.name}'s image is cancelled.")
    return see_other("agent", agent.public_id)


def build_when_saved(request: PlacedRequest, agent: Agent) -> None:
    """Have the image of an agent that was just saved be built. What keeps it from that does not undo the save."""
    try:
        _build(request, agent, rebuild=False)
    except BuildUnderWay as error:
        messages.warning(request, f"The image is not built yet: {error.message}")


def _build(request: PlacedRequest, agent: Agent, *, rebuild: bool) -> None:
    image = image_build(actor=request.place.actor, agent=agent, rebuild=rebuild)
    if image.state == ImageState.READY:
        messages.success(request, "The image is ready: this organization has built the same Dockerfile before.")
    else:
        messages.success(request, "The image is being built. Runs can start once it is ready.")
