"""Runs as records for a file, read a batch at a time: the largest export needs no more memory than a small one."""

from collections.abc import Iterator

from django.db.models import QuerySet
from pydantic import JsonValue

from agents.models import Agent, AgentRun
from console.ids import to_public
from orchestration.models import Pipeline

_BATCH_ROWS = 500

Record = dict[str, JsonValue]

COLUMNS = (
    "id", "run_id", "task_id", "dataset_id", "pipeline_id", "pipeline", "agent_id", "agent", "agent_version", "title",
    "task", "status", "verdict", "failure_mode", "judge", "error_code", "cause", "final_response", "exception",
    "latency_ms", "tokens", "cost_usd", "created_at", "started_at", "finished_at",
)  # fmt: skip


def record_batches(runs: "QuerySet[AgentRun]") -> Iterator[list[Record]]:
    """Yield the records of runs, the newest first. Runs that are made meanwhile are left out."""
    rows = runs.select_related("agent", "version").order_by("-pk")
    rows = rows.defer("agent__draft", "agent__description", "version__spec", "phases", "error")
    pipelines: dict[object, str] = {}
    batch = list(rows[:_BATCH_ROWS])
    while batch:
        unknown = {run.pipeline_id for run in batch if run.pipeline_id} - pipelines.keys()
        pipelines |= dict(Pipeline.objects.filter(pk__in=unknown).values_list("pk", "name"))
        yield [_record(run, pipelines) for run in batch]
        batch = list(rows.filter(pk__lt=batch[-1].pk)[:_BATCH_ROWS])


def _record(run: AgentRun, pipelines: dict[object, str]) -> Record:
    said = run.exception
    return {
        "id": run.public_id,
        "run_id": to_public("run", run.run_id),
        "task_id": to_public("task", run.task_id) if run.task_id else None,
        "dataset_id": to_public("data", run.dataset_id) if run.dataset_id else None,
        "pipeline_id": to_public(Pipeline.ID_PREFIX, run.pipeline_id) if run.pipeline_id else None,
        "pipeline": pipelines.get(run.pipeline_id),
        "agent_id": to_public(Agent.ID_PREFIX, run.agent_id),
        "agent": run.agent.name,
        "agent_version": run.version.number,
        "title": run.title,
        "task": run.task_input.get("user_instruction"),
        "status": run.status,
        "verdict": run.verdict or None,
        "failure_mode": run.failure_mode or None,
        "judge": run.judge or None,
        "error_code": run.error_code or None,
        "cause": run.cause or None,
        "final_response": run.final_response,
        "exception": f"{said.get('type', '')}: {said.get('message', '')}" if said else None,
        "latency_ms": run.latency_ms,
        "tokens": run.tokens,
        "cost_usd": None if run.cost is None else float(run.cost),
        "created_at": run.created_at.isoformat(),
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }
