"""Reads of agents, their runs, models and credentials. Each starts from what the actor may see."""

from django.db.models import QuerySet

from agents.models import Agent, AgentRun, AgentVersion, Credential, ModelEndpoint
from console.access import Actor


def agents_for(actor: Actor) -> "QuerySet[Agent]":
    """Return the agents that are not archived, with their latest versions."""
    return Agent.objects.visible_to(actor).filter(archived_at=None).select_related("latest")


def agent_versions_for(actor: Actor, agent: Agent) -> "QuerySet[AgentVersion]":
    """Return the versions of an agent, the newest first."""
    return AgentVersion.objects.visible_to(actor).filter(agent=agent).order_by("-number")


def agent_runs_for(actor: Actor) -> "QuerySet[AgentRun]":
    return AgentRun.objects.visible_to(actor).select_related("agent", "version")


def credentials_for(actor: Actor) -> "QuerySet[Credential]":
    return Credential.objects.visible_to(actor).order_by("name")


def model_endpoints_for(actor: Actor) -> "QuerySet[ModelEndpoint]":
    return (
        ModelEndpoint.objects.visible_to(actor)
        .filter(archived_at=None)
        .select_related("credential")
        .order_by("display_name")
    )
