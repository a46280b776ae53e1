"""Registering and editing an agent: one form, and what can be said of its code while it is typed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from agents.archives import limits as zip_limits
from agents.models import Agent
from agents.queries import agents_for, credentials_for, sandbox_definitions_for
from agents.services.agents import agent_publish, agent_register, agent_update
from agents.sources.files import MOST_FILES
from console.access import Actor, Permission, can
from console.forms import agent_choices, agent_git
from console.forms.agent_prompt import model_choices
from console.forms.agents import AgentForm
from console.forms.service import sent_in
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.agent_image import build_when_saved
from console.views.answers import see_other
from console.views.guard import page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_AGENTS)
def new(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    form = AgentForm(**_offered(actor), sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            return _saved(request, agent_register(actor=actor, **form.agent()), form)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_AGENTS)
def edit(request: PlacedRequest, agent_id: str) -> HttpResponse:
    actor = request.place.actor
    agents = agents_for(actor)
    agent = by_public_id(agents, agent_id)
    form = AgentForm(agent=agent, **_offered(actor), sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            return _saved(request, agent_update(actor=actor, agent=agent, **form.agent()), form)
    # Read again: what could not be saved is still on the one above.
    return _form(request, form, by_public_id(agents, agent_id))


@require_POST
@page(Permission.EDIT_AGENTS)
def check(request: PlacedRequest) -> HttpResponse:
    """Say what parsing finds in the code of a form that is being filled in."""
    return render(request, "agents/form.html#check", {"check": AgentForm(sent=request.POST).check()})


def _offered(actor: Actor) -> dict[str, Any]:
    """Return what of the organization's the form lets choose."""
    return {
        "models": model_choices(actor),
        "credentials": credentials_for(actor),
        "definitions": sandbox_definitions_for(actor).order_by("name"),
    }


def _form(request: PlacedRequest, form: AgentForm, agent: Agent | None) -> HttpResponse:
    context = {
        "form": form,
        "agent": agent,
        "check": form.check(),
        "credentials": credentials_for(request.place.actor),
        "choices": agent_choices,
        "git": agent_git,
        "zip": zip_limits,
        "archive": form.chosen_archive(request.place.actor),
        "may_upload": can(request.place.actor, Permission.UPLOAD_ARCHIVES),
        "most_files": MOST_FILES,
    }
    return render(request, "agents/form.html", context, status=form.status)


def _saved(request: PlacedRequest, agent: Agent, form: AgentForm) -> HttpResponse:
    if request.POST.get("act") == "publish":
        version = agent_publish(actor=request.place.actor, agent=agent)
        messages.success(request, f"{agent.name} is saved and version {version.number} is published. New runs take it.")
    elif agent.latest is None:
        messages.success(request, f"{agent.name} is saved as a draft. Publish it: a draft can't be dispatched.")
    else:
        messages.success(request, f"The draft is saved. Runs take version {agent.latest.number} until you publish it.")
    if form.is_to_be_built:
        build_when_saved(request, agent)
    return see_other("agent", agent.public_id)
