"""Writes a trajectory in the Agent Trajectory Interchange Format, version 1.7, which other tools read.

Readers that are strict take no field that the format does not name, so everything of ours is under `extra`. What a call
answered belongs to the step that made it, by the call's id.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue

from sandboxes.trajectories.steps import (
    EditDetail,
    ExceptionDetail,
    FileDetail,
    HttpDetail,
    LogDetail,
    ReadDetail,
    ReasonDetail,
    ReplyDetail,
    SearchDetail,
    ShellDetail,
    Step,
    StepKind,
    ToolDetail,
)

SCHEMA_VERSION = "ATIF-v1.7"

JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class AtifAgent:
    """Who did it. `version` is the agent's own, such as the number of the published version."""

    name: str
    version: str
    model_name: str | None = None


@dataclass(frozen=True, slots=True)
class AtifRun:
    """The run that a trajectory is of. `extra` is of the whole document."""

    id: str
    agent: AtifAgent
    started_at: datetime
    task: str
    final_response: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    extra: Mapping[str, JsonValue] | None = None


def as_atif(run: AtifRun, steps: Sequence[Step]) -> JsonObject:
    """Return the document. The task is its first step, the final response, where there is one, its last."""
    made = [_user_step(run), *(_agent_step(run, step) for step in steps)]
    if run.final_response is not None:
        made.append(_final_step(run, steps))
    for number, step in enumerate(made, start=1):
        step["step_id"] = number
    document: JsonObject = {
        "schema_version": SCHEMA_VERSION,
        "session_id": run.id,
        "trajectory_id": run.id,
        "agent": _known({"name": run.agent.name, "version": run.agent.version, "model_name": run.agent.model_name}),
        "steps": [_in_order(step) for step in made],
        "final_metrics": _metrics(run, len(made)),
    }
    if run.extra:
        document["extra"] = dict(run.extra)
    return document


def _user_step(run: AtifRun) -> JsonObject:
    return {"timestamp": _timestamp(run, 0), "source": "user", "message": run.task}


def _final_step(run: AtifRun, steps: Sequence[Step]) -> JsonObject:
    ended_ms = max((step.started_ms + (step.duration_ms or 0) for step in steps), default=0)
    return {
        "timestamp": _timestamp(run, ended_ms),
        "source": "agent",
        "message": run.final_response or "",
        "extra": {"kind": "final_response"},
    }


def _agent_step(run: AtifRun, step: Step) -> JsonObject:
    extra = _known({"kind": step.kind.value, "index": step.index, "duration_ms": step.duration_ms, "ok": step.is_ok})
    return {
        "timestamp": _timestamp(run, step.started_ms),
        "source": "agent",
        **_content(step),
        "extra": extra,
    }


def _content(step: Step) -> JsonObject:
    detail = step.detail
    match detail:
        case ReplyDetail(text=text):
            return {"message": text}
        case ReasonDetail(text=text):
            return {"message": "", "reasoning_content": text}
        case LogDetail(text=text):
            return _observed(step.title, text)
        case ExceptionDetail(traceback=text):
            return _observed(step.title, text or step.title)
        case _:
            return _called(step)


def _observed(title: str, text: str) -> JsonObject:
    """Something seen that no call brought about."""
    return {
        "message": title,
        "observation": {"results": [{"source_call_id": None, "content": text}]},
        "llm_call_count": 0,
    }


def _called(step: Step) -> JsonObject:
    call_id = f"call_{step.index + 1}"
    name, arguments, answer = _CALLS[step.kind](step.detail)
    call: JsonObject = {"tool_call_id": call_id, "function_name": name, "arguments": arguments}
    made: JsonObject = {"message": step.title, "tool_calls": [call], "llm_call_count": 0}
    if answer is not None:
        made["observation"] = {"results": [{"source_call_id": call_id, "content": answer}]}
    return made


def _shell(detail: ShellDetail) -> tuple[str, JsonObject, str | None]:
    said = "\n".join(part for part in (detail.stdout, detail.stderr, detail.error) if part)
    ending = "" if detail.exit_code is None else f"exit code {detail.exit_code}"
    arguments: JsonObject = {"argv": list(detail.argv), "cwd": detail.cwd}
    return "shell", arguments, "\n".join(part for part in (said.rstrip("\n"), ending) if part) or None


def _file(detail: FileDetail) -> tuple[str, JsonObject, str | None]:
    arguments = _known({"path": detail.path, "other_path": detail.other_path or None, "text": detail.text})
    return f"file_{detail.action}", arguments, "not there" if detail.is_missing else None


def _http(detail: HttpDetail) -> tuple[str, JsonObject, str | None]:
    answer = detail.error or (None if detail.status is None else f"status {detail.status}")
    return "http_request", {"method": detail.method, "url": detail.url}, answer


def _tool(detail: ToolDetail) -> tuple[str, JsonObject, str | None]:
    return detail.name, dict(detail.arguments), detail.result


def _read(detail: ReadDetail) -> tuple[str, JsonObject, str | None]:
    return "read", {"path": detail.path}, detail.text or None


def _search(detail: SearchDetail) -> tuple[str, JsonObject, str | None]:
    return "search", {"pattern": detail.pattern, "path": detail.path}, detail.text or None


def _edit(detail: EditDetail) -> tuple[str, JsonObject, str | None]:
    return "edit", {"path": detail.path, "diff": detail.diff}, None


_CALLS: Mapping[StepKind, Callable[[Any], tuple[str, JsonObject, str | None]]] = {
    StepKind.SHELL: _shell,
    StepKind.FILE: _file,
    StepKind.HTTP: _http,
    StepKind.TOOL: _tool,
    StepKind.READ: _read,
    StepKind.SEARCH: _search,
    StepKind.EDIT: _edit,
}


def _metrics(run: AtifRun, count: int) -> JsonObject:
    return _known(
        {
            "total_prompt_tokens": run.prompt_tokens,
            "total_completion_tokens": run.completion_tokens,
            "total_cost_usd": run.cost_usd,
            "total_steps": count,
        }
    )


def _timestamp(run: AtifRun, offset_ms: int) -> str:
    return (run.started_at + timedelta(milliseconds=offset_ms)).isoformat(timespec="milliseconds")


def _in_order(step: JsonObject) -> JsonObject:
    """Put the number first, for the people who read it."""
    return {"step_id": step.pop("step_id"), **step}


def _known(values: Mapping[str, JsonValue]) -> JsonObject:
    return {name: value for name, value in values.items() if value is not None}
