"""Reads of agents, their runs, models and credentials. Each starts from what the actor may see."""

import json

from django.db.models import QuerySet

from agents.models import Agent, AgentRun, AgentVersion, Credential, ModelEndpoint, TrajectoryChunk
from console.access import Actor
from sandboxes.trajectories.steps import Step, all_from_json


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


def trajectory_of(agent_run: AgentRun) -> list[Step]:
    """Return the steps that were seen of a run's newest attempt, in order."""
    chunks = TrajectoryChunk.objects.filter(agent_run_id=agent_run.pk)
    newest = chunks.order_by("-attempt").values_list("attempt", flat=True).first()
    texts = chunks.filter(attempt=newest).order_by("first_step").values_list("steps", flat=True)
    return all_from_json(step for text in texts for step in json.loads(text))
