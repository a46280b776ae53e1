"""The Agents pages: the list, one agent, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from agents.llm.routing import resolve_writer
from agents.models import Agent, AgentRun
from agents.queries import agent_runs_for, agent_versions_for, agents_for, credentials_for, with_recent_runs
from agents.services.agents import agent_archive, agent_publish
from console.access import Actor, Permission
from console.display import agents as shown
from console.forms.builder_choices import RULES_LABEL
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page

_RUNS_SHOWN = 20
_VERSIONS_SHOWN = 5


@require_safe
@page(Permission.VIEW_AGENTS)
def index(request: PlacedRequest) -> HttpResponse:
    actor, words = request.place.actor, request.GET.get("q", "").replace("\0", "").strip()
    agents = agents_for(actor).defer("draft", "latest__spec")
    named = agents.filter(name__icontains=words) if words else agents
    found = page_of(with_recent_runs(named, actor), cursor=request.GET.get("cursor"))
    rows = [shown.agent_row(agent) for agent in found.items]
    context = {
        "rows": rows,
        "pager": pager_of(found, request.GET, "agent"),
        "q": words,
        "is_empty": not rows and not agents.exists(),
    }
    return render(request, "agents/index.html#list" if request.htmx else "agents/index.html", context)


@require_safe
@page(Permission.VIEW_AGENTS)
def detail(request: PlacedRequest, agent_id: str) -> HttpResponse:
    """Show an agent as runs take it: by its latest version, or by its draft while there is none."""
    actor = request.place.actor
    agent = by_public_id(agents_for(actor), agent_id)
    spec = agent.latest.spec if agent.latest else agent.draft
    versions, is_prompt = agent_versions_for(actor, agent), spec.get("runtime") == "prompt"
    context = {
        "agent": agent,
        "agent_page": "overview",
        "spec": spec,
        "runtime": shown.runtime_word(agent.runtime),
        "is_prompt": is_prompt,
        "model": _model(actor, spec) if is_prompt else "",
        "files_title": "Instructions" if is_prompt else "Code",
        "source": shown.source_word(spec),
        "files": shown.files_of(spec),
        "variables": shown.variables_of(spec, shown.credential_names(credentials_for(actor))),
        "runs": _runs(actor, agent)[:_RUNS_SHOWN],
        "versions": versions.defer("spec")[:_VERSIONS_SHOWN],
        "version_count": versions.count(),
    }
    return render(request, "agents/detail.html", context)


@require_POST
@page(Permission.EDIT_AGENTS)
def publish(request: PlacedRequest, agent_id: str) -> HttpResponse:
    actor = request.place.actor
    agent = by_public_id(agents_for(actor), agent_id)
    version = agent_publish(actor=actor, agent=agent)
    messages.success(request, f"Version {version.number} of {agent.name} is published. New runs take it.")
    return see_other("agent", agent.public_id)


@require_POST
@page(Permission.EDIT_AGENTS)
def archive(request: PlacedRequest, agent_id: str) -> HttpResponse:
    agent = by_public_id(agents_for(request.place.actor), agent_id)
    agent_archive(actor=request.place.actor, agent=agent)
    messages.success(request, f"{agent.name} is archived. Its runs and verdicts stay readable.")
    return see_other("agents")


def _model(actor: Actor, spec: Mapping[str, Any]) -> str:
    """Return which model a prompt asks, in words."""
    topic, ref = str(spec.get("topic", "")), str(spec.get("model", ""))
    found = resolve_writer(actor.organization_id, model=ref, topic=topic)
    name = "none is found" if found is None else RULES_LABEL if found.is_rules else found.label
    return name if ref else f"{name}, by {f'the topic {topic}' if topic else 'default'}"


def _runs(actor: Actor, agent: Agent) -> "QuerySet[AgentRun]":
    """Return the agent's runs, the newest first, without the code that each would carry along."""
    return agent_runs_for(actor).filter(agent=agent).defer("agent__draft", "version__spec").order_by("-pk")
