"""Shapes that several resources answer with."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict, JsonValue

from agents.models import AgentRun
from console.ids import to_public
from evaluation.models import Verdict

_VERDICT: dict[str, JsonValue] = {
    "id": "verd_01K9X4Z7QD8M3V5T2B6N8C1F0A", "number": 1, "verdict": "PASS", "reasoning": "1 of 1 criteria holds.",
    "ungraded_reason": "",
    "items": [{"name": "Contains “Hello”", "origin": "criterion", "passed": True, "evidence": "Found at character 1."}],
    "model": "builtin/rules", "is_rules": True, "tokens": 0, "cost_usd": None, "created_at": "2026-03-01T09:00:04Z",
}  # fmt: skip
_AGENT_RUN: dict[str, JsonValue] = {
    "id": "arun_01K9X4Z7QD8M3V5T2B6N8C1F0A", "run_id": "run_01K9X4Z7QD8M3V5T2B6N8C1F0B",
    "task_id": "task_01K9X4Z7QD8M3V5T2B6N8C1F0C", "agent": "hello-sandbox",
    "agent_id": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0D", "agent_version": 1, "title": "Say hello", "status": "completed",
    "phase": "", "phases": [{"name": "turns", "started_at": "2026-03-01T09:00:02Z", "duration_ms": 310}],
    "final_response": "Hello", "exception": None, "error": None, "verdict": _VERDICT, "sandbox": "bubblewrap",
    "image": "", "code_origin": {}, "latency_ms": 310, "tokens": 0, "cost_usd": None, "step_count": 2, "log_lines": 1,
    "created_at": "2026-03-01T09:00:00Z", "started_at": "2026-03-01T09:00:01Z", "finished_at": "2026-03-01T09:00:04Z",
}  # fmt: skip


class VerdictOut(Schema):
    model_config = ConfigDict(json_schema_extra={"example": _VERDICT})

    id: str
    number: int
    verdict: str = Field(description="PASS, FAIL or UNGRADED")
    reasoning: str
    ungraded_reason: str = Field(description="why there is no verdict; empty unless it is UNGRADED")
    items: list[dict[str, Any]] = Field(
        description="`{name, origin, passed, evidence}` each; passed null is not judged"
    )
    model: str
    is_rules: bool = Field(description="whether no model had a part in it")
    tokens: int
    cost_usd: float | None
    created_at: datetime


class AgentRunOut(Schema):
    """One run of one agent version on one task."""

    model_config = ConfigDict(json_schema_extra={"example": _AGENT_RUN})

    id: str
    run_id: str = Field(description="the pipeline run it belongs to")
    task_id: str | None
    agent: str
    agent_id: str
    agent_version: int
    title: str
    status: str = Field(description="queued, running, completed, failed or cancelled")
    phase: str
    phases: list[dict[str, Any]] = Field(
        description="`{name, started_at, duration_ms?, failed?, steps?}` each; without a duration it still runs. A "
        "step is `{name, duration_ms?, failed?, cached?, detail?}`: what was prepared or set up"
    )
    final_response: str | None
    exception: dict[str, JsonValue] | None = Field(description="the agent's own exception, which is graded")
    error: dict[str, JsonValue] | None = Field(description="why the run broke, which is not graded")
    verdict: VerdictOut | None
    sandbox: str
    image: str = Field(description="the digest of the image of its sandbox; blank for the default image")
    code_origin: dict[str, JsonValue] = Field(
        description="where its code was from: `{kind: zip, archive, sha256}`, `{kind: git, url, ref, commit}` or empty"
    )
    latency_ms: int | None
    tokens: int
    cost_usd: float | None
    step_count: int
    log_lines: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def verdict_out(verdict: Verdict) -> VerdictOut:
    return VerdictOut(
        id=verdict.public_id, number=verdict.number, verdict=verdict.verdict, reasoning=verdict.reasoning,
        ungraded_reason=verdict.ungraded_reason, items=verdict.items, model=verdict.model, is_rules=verdict.is_rules,
        tokens=verdict.tokens, cost_usd=_usd(verdict.cost), created_at=verdict.created_at,
    )  # fmt: skip


def agent_run_out(run: AgentRun, verdict: Verdict | None) -> AgentRunOut:
    """Shape a run with the verdict that counts. `agent` and `version` must have been read with it."""
    return AgentRunOut(
        id=run.public_id, run_id=to_public("run", run.run_id),
        task_id=to_public("task", run.task_id) if run.task_id else None, agent=run.agent.name,
        agent_id=run.agent.public_id, agent_version=run.version.number, title=run.title, status=run.status,
        phase=run.phase, phases=run.phases, final_response=run.final_response, exception=run.exception,
        error=run.error, verdict=verdict_out(verdict) if verdict else None, sandbox=run.sandbox,
        image=run.image, code_origin=run.code_origin,
        latency_ms=run.latency_ms, tokens=run.tokens, cost_usd=_usd(run.cost), step_count=run.step_count,
        log_lines=run.log_lines, created_at=run.created_at, started_at=run.started_at, finished_at=run.finished_at,
    )  # fmt: skip


def _usd(cost: Decimal | None) -> float | None:
    return None if cost is None else float(cost)
