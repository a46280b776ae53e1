"""A run's trajectory as other tools read it."""

from typing import Any

from agents.models import AgentRun
from agents.queries import trajectory_of
from sandboxes.trajectories.atif import AtifAgent, AtifRun, as_atif


def atif_of(agent_run: AgentRun) -> dict[str, Any]:
    """Return the trajectory of a run, with its agent and version, in the Agent Trajectory Interchange Format."""
    return as_atif(
        AtifRun(
            id=agent_run.public_id,
            agent=AtifAgent(name=agent_run.agent.name, version=str(agent_run.version.number)),
            started_at=agent_run.started_at or agent_run.created_at,
            task=str(agent_run.task_input.get("user_instruction", "")),
            final_response=agent_run.final_response,
            extra={"status": agent_run.status, "attempt": agent_run.attempt},
        ),
        trajectory_of(agent_run),
    )
