"""Runs as records for a file, read a batch at a time: the largest export needs no more memory than a small one."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import JsonValue

from agents.models import Agent, AgentRun
from console.ids import to_public
from evaluation.models import Dataset, SeededTask
from orchestration.models import Pipeline, Run

_BATCH_ROWS = 500

Record = dict[str, JsonValue]

COLUMNS = (
    "id", "run_id", "task_id", "dataset_id", "pipeline_id", "pipeline", "agent_id", "agent", "agent_version", "title",
    "task", "status", "verdict", "failure_mode", "judge", "error_code", "cause", "final_response", "exception",
    "latency_ms", "tokens", "cost_usd", "created_at", "started_at", "finished_at",
)  # fmt: skip


# Plain values: a hundred thousand runs with their agents as objects take three times as long.
_READ = (
    "id", "run_id", "task_id", "dataset_id", "pipeline_id", "agent_id", "agent__name", "version__number", "title",
    "task_input__user_instruction", "status", "verdict", "failure_mode", "judge", "error_code", "cause",
    "final_response", "exception__type", "exception__message", "latency_ms", "tokens", "cost", "created_at",
    "started_at", "finished_at",
)  # fmt: skip


def record_batches(runs: "QuerySet[AgentRun]") -> Iterator[list[Record]]:
    """Yield the records of runs, the newest first. Runs that are made meanwhile are left out."""
    rows = runs.order_by("-pk").values(*_READ)
    pipelines: dict[object, str] = {}
    batch = list(rows[:_BATCH_ROWS])
    while batch:
        unknown = {row["pipeline_id"] for row in batch if row["pipeline_id"]} - pipelines.keys()
        if unknown:
            pipelines |= dict(Pipeline.objects.filter(pk__in=unknown).values_list("pk", "name"))
        yield [_record(row, pipelines) for row in batch]
        batch = list(rows.filter(pk__lt=batch[-1]["id"])[:_BATCH_ROWS])


def _record(row: Mapping[str, Any], pipelines: Mapping[object, str]) -> Record:
    return {
        "id": to_public(AgentRun.ID_PREFIX, row["id"]),
        "run_id": to_public(Run.ID_PREFIX, row["run_id"]),
        "task_id": _public(SeededTask.ID_PREFIX, row["task_id"]),
        "dataset_id": _public(Dataset.ID_PREFIX, row["dataset_id"]),
        "pipeline_id": _public(Pipeline.ID_PREFIX, row["pipeline_id"]),
        "pipeline": pipelines.get(row["pipeline_id"]),
        "agent_id": to_public(Agent.ID_PREFIX, row["agent_id"]),
        "agent": row["agent__name"],
        "agent_version": row["version__number"],
        "title": row["title"],
        "task": row["task_input__user_instruction"],
        "status": row["status"],
        "verdict": row["verdict"] or None,
        "failure_mode": row["failure_mode"] or None,
        "judge": row["judge"] or None,
        "error_code": row["error_code"] or None,
        "cause": row["cause"] or None,
        "final_response": row["final_response"],
        "exception": _exception(row["exception__type"], row["exception__message"]),
        "latency_ms": row["latency_ms"],
        "tokens": row["tokens"],
        "cost_usd": None if row["cost"] is None else float(row["cost"]),
        "created_at": _moment(row["created_at"]),
        "started_at": _moment(row["started_at"]),
        "finished_at": _moment(row["finished_at"]),
    }


def _public(prefix: str, key: UUID | None) -> str | None:
    return None if key is None else to_public(prefix, key)


def _exception(kind: str | None, message: str | None) -> str | None:
    return None if kind is None and message is None else f"{kind or ''}: {message or ''}"


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
