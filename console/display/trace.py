"""What the page of an agent run says of the run in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from agents.models import AgentRun, AgentRunStatus
from agents.phases import Phase

_PHASE_WORDS = {
    Phase.RESOLVE: "Resolving model, secrets and code",
    Phase.PREPARE: "Preparing its packages and Python",
    Phase.BOOT: "Opening the sandbox",
    Phase.SETUP: "Setting up its sandbox",
    Phase.SEED: "Filling the workspace",
    Phase.TURNS: "The agent is at work",
    Phase.COLLECT: "Collecting what the agent did",
    Phase.GRADE: "Grading",
}

ENDED = frozenset({AgentRunStatus.COMPLETED, AgentRunStatus.FAILED, AgentRunStatus.CANCELLED})


def is_ended(agent_run: AgentRun) -> bool:
    return agent_run.status in ENDED


def sentence(agent_run: AgentRun, *, cancelled_by: str = "") -> str:
    """Return the one sentence beside a run's badge."""
    match agent_run.status:
        case AgentRunStatus.QUEUED:
            return "Waits for a worker"
        case AgentRunStatus.RUNNING:
            return next((words for phase, words in _PHASE_WORDS.items() if phase == agent_run.phase), "Starting")
        case AgentRunStatus.FAILED:
            failed = next((phase["name"] for phase in agent_run.phases if phase.get("failed")), "")
            return f"Broke in {failed}, so it was not graded" if failed else "Broke, so it was not graded"
        case AgentRunStatus.CANCELLED:
            return f"Stopped by {cancelled_by}" if cancelled_by else "Stopped before it ended"
    graded = f"Completed, graded by {agent_run.judge}" if agent_run.judge else "Completed"
    return f"{graded}. Being graded again" if agent_run.regrade_by else graded


def phases_of(agent_run: AgentRun, now: datetime) -> list[dict[str, Any]]:
    """Return a run's phases, the one that still lasts with how long it has lasted."""
    return [
        phase if "duration_ms" in phase else {**phase, "so_far_ms": _so_far(phase, now)} for phase in agent_run.phases
    ]


def turns_ms(agent_run: AgentRun) -> float:
    """Return how long the agent was at work, 0 where that is not known."""
    times = [phase.get("duration_ms") for phase in agent_run.phases if phase["name"] == Phase.TURNS.value]
    return float(times[0] or 0) if times else 0


def states(agent_run: AgentRun, verdict_count: int) -> dict[str, str]:
    """Return what each part of the page depends on: while that stays the same, an open page leaves the part alone."""
    run = agent_run
    head = (run.status, run.verdict, run.phase, run.judge, run.regrade_by)
    facts = (run.status, run.attempt, run.phases, run.tokens, run.cost, run.sandbox, run.image, run.code_origin)
    return {
        "head_state": _joined(*head),
        "facts_state": _joined(*facts),
        "tabs_state": _joined(run.log_lines, verdict_count),
        "rail_state": _joined(run.status, verdict_count, run.regrade_by),
    }


def trace_state(agent_run: AgentRun) -> str:
    """Return what answer and trajectory depend on."""
    return _joined(agent_run.status, agent_run.attempt, agent_run.collected_at or "", agent_run.step_count)


def tab_url(public_id: str, tab: str) -> str:
    """Return where a part of a run's page is."""
    return reverse("run" if tab == "trace" else f"run-{tab}", args=[public_id])


def _so_far(phase: Mapping[str, Any], now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(phase["started_at"])).total_seconds() * 1000)


def _joined(*parts: object) -> str:
    return " ".join(map(str, parts))
