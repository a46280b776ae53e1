"""Reads of agents, their runs, models and credentials. Each starts from what the actor may see."""

import json
from collections import defaultdict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from agents.credential_uses import uses_above
from agents.models import (
    Agent,
    AgentRun,
    AgentVersion,
    Credential,
    ModelEndpoint,
    SandboxDefinition,
    Tool,
    TrajectoryChunk,
)
from console.access import Actor
from sandboxes.trajectories.heads import Head, head_from
from sandboxes.trajectories.steps import Step, all_from_json

#: So many runs tell how an agent has been doing lately.
RECENT_RUNS = 20


def agents_for(actor: Actor) -> "QuerySet[Agent]":
    """Return the agents that are not archived, with their latest versions."""
    return Agent.objects.visible_to(actor).filter(archived_at=None).select_related("latest")


def with_recent_runs(agents: "QuerySet[Agent]", actor: Actor) -> "QuerySet[Agent]":
    """Add each agent's newest runs that the actor may see as `recent`: `{"status", "verdict"}`, the newest first."""
    newest = AgentRun.objects.visible_to(actor).filter(agent=OuterRef("pk")).order_by("-pk")
    shown = newest.values(run=JSONObject(status="status", verdict="verdict"))[:RECENT_RUNS]
    return agents.annotate(recent=ArraySubquery(shown))


def agent_versions_for(actor: Actor, agent: Agent) -> "QuerySet[AgentVersion]":
    """Return the versions of an agent, the newest first."""
    return AgentVersion.objects.visible_to(actor).filter(agent=agent).order_by("-number")


def agent_runs_for(actor: Actor) -> "QuerySet[AgentRun]":
    return AgentRun.objects.visible_to(actor).select_related("agent", "version")


def credentials_for(actor: Actor) -> "QuerySet[Credential]":
    """Return the credentials that can be chosen. Those that are an agent's own are on no list."""
    return Credential.objects.visible_to(actor).filter(agent=None).order_by("name")


def credential_users_for(actor: Actor) -> dict[str, list[str]]:
    """Return what uses each credential, in words, by the credential's public id."""
    used: dict[str, set[str]] = defaultdict(set)
    versions = AgentVersion.objects.visible_to(actor).filter(agent__archived_at=None)
    drafts = agents_for(actor).values_list("name", "draft__env", "draft__source__auth")
    published = versions.values_list("agent__name", "spec__env", "spec__source__auth").distinct()
    for name, variables, auth in [*drafts, *published]:
        for user in [*(variables or ()), auth or {}]:
            used[user.get("credential_id", "")].add(f"agent {name}")
    for endpoint in model_endpoints_for(actor).exclude(credential=None):
        used[endpoint.credential.public_id].add(f"model {endpoint.display_name}")  # type: ignore[union-attr]
    for tool in tools_for(actor):
        named = [header.get("credential_id", "") for header in tool.headers]
        for public_id in [*named, tool.credential.public_id if tool.credential else ""]:
            used[public_id].add(f"tool {tool.name}")
    for public_id, user in uses_above(actor.organization_id):
        used[public_id].add(user)
    return {public_id: sorted(users) for public_id, users in used.items() if public_id}


def model_endpoints_for(actor: Actor) -> "QuerySet[ModelEndpoint]":
    return (
        ModelEndpoint.objects.visible_to(actor)
        .filter(archived_at=None)
        .select_related("credential")
        .order_by("display_name")
    )


def tools_for(actor: Actor) -> "QuerySet[Tool]":
    """Return the tools that are not archived, with their credentials."""
    return Tool.objects.visible_to(actor).filter(archived_at=None).select_related("credential").order_by("name")


def sandbox_definitions_for(actor: Actor) -> "QuerySet[SandboxDefinition]":
    """Return the sandbox definitions that are not archived."""
    return SandboxDefinition.objects.visible_to(actor).filter(archived_at=None)


def sandbox_definition_users_for(actor: Actor) -> dict[str, list[str]]:
    """Return the names of the agents that have each sandbox definition, by the definition's public id."""
    used: dict[str, list[str]] = defaultdict(list)
    rows = agents_for(actor).order_by("name")
    for name, *ids in rows.values_list("name", "draft__sandbox_definition_id", "latest__spec__sandbox_definition_id"):
        for public_id in {*ids} - {None}:
            used[public_id].append(name)
    return used


def trajectory_of(agent_run: AgentRun) -> list[Step]:
    """Return the steps that were seen of a run's newest attempt, in order."""
    texts = _chunks(agent_run).values_list("steps", flat=True)
    return all_from_json(step for text in texts for step in json.loads(text))


def trajectory_heads(agent_run: AgentRun) -> list[Head]:
    """Return the same steps with what is long in them cut off: what a list of thousands shows."""
    texts = _chunks(agent_run).values_list("heads", flat=True)
    return [head_from(head) for text in texts for head in json.loads(text or "[]")]


def trajectory_part(agent_run: AgentRun, first: int, last: int) -> list[Step]:
    """Return the steps with an index from `first` to `last` whole, in order."""
    chunks = _chunks(agent_run).filter(first_step__lte=last)
    started = chunks.filter(first_step__lte=first).order_by("-first_step").values_list("first_step", flat=True).first()
    texts = chunks.filter(first_step__gte=started or 0).values_list("steps", flat=True)
    return all_from_json(step for text in texts for step in json.loads(text) if first <= step["index"] <= last)


def _chunks(agent_run: AgentRun) -> "QuerySet[TrajectoryChunk]":
    chunks = TrajectoryChunk.objects.filter(agent_run_id=agent_run.pk)
    newest = chunks.order_by("-attempt").values_list("attempt", flat=True)[:1]
    return chunks.filter(attempt__in=newest).order_by("first_step")
