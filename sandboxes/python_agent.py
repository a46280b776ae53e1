"""Runs a Python agent in a sandbox, from outside: hands in the job, hears the harness, says what came of it."""

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from sandboxes import paths
from sandboxes.base import ExecResult, OnMessage, Sandbox
from sandboxes.trajectories.audit import AuditSteps
from sandboxes.trajectories.steps import Step

_ANSWER_LIMIT = 500_000


@dataclass(frozen=True, slots=True)
class PythonJob:
    """What to call and with what. `env` may hold secrets, as `run_token` is one."""

    task_input: JsonValue
    run_token: str = field(repr=False, default="")
    entry_file: str = "main.py"
    entrypoint: str = "run"
    env: Mapping[str, str] = field(repr=False, default_factory=dict)
    has_proxy: bool = False
    timeout_seconds: float = 300
    #: Another interpreter inside than the one that the harness itself runs on.
    python: str | None = None


@dataclass(frozen=True, slots=True)
class AgentException:
    """What the agent raised; `traceback` has the agent's own frames alone."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class PythonOutcome:
    """What came of it. At most one of `final_response`, `exception`, `bad_result` and `problem` is set.

    `bad_result` says what came back instead of an answer. `problem` is the code `entry_file_missing`,
    `entrypoint_missing` or `agent_not_started`, with `problem_text`. None of them: the agent ended without returning,
    or was ended.
    """

    result: ExecResult
    steps: tuple[Step, ...]
    final_response: str | None = None
    exception: AgentException | None = None
    bad_result: str | None = None
    problem: str | None = None
    problem_text: str = ""
    #: How the agent's process ended: its exit code, or the name of a signal; both None where the harness could not say.
    exit_code: int | None = None
    signal: str | None = None
    python: str = ""
    steps_dropped: int = 0


def run_python_agent(
    sandbox: Sandbox,
    job: PythonJob,
    *,
    on_message: OnMessage | None = None,
    stop: threading.Event | None = None,
) -> PythonOutcome:
    """Run the agent whose code lies in `paths.AGENT`. `on_message` hears the harness live, its log lines above all.

    The task and the token go in by a file that is gone before the agent starts: a command line can be read by anyone
    who lists processes.
    """
    job_file = f"{paths.TMP}/.callboard-{secrets.token_hex(8)}.json"
    sandbox.write(job_file, json.dumps(_for_harness(job)).encode(), mode=0o600)
    heard = _Heard(on_message)
    env = {
        **job.env,
        "PIPELINES_ODYSSEY_PROXY_URL": paths.PROXY_URL,
        "PIPELINES_RUN_TOKEN": job.run_token,
    }
    result = sandbox.exec(
        ["python3", "-I", "-B", paths.HARNESS, "agent", job_file],
        env=env,
        timeout_seconds=job.timeout_seconds,
        on_message=heard.take,
        stop=stop,
    )
    return heard.outcome(result)


def relayed(argv: list[str]) -> list[str]:
    """Return the command with the run's proxy at hand at `paths.PROXY_URL`, for commands other than Python agents."""
    return ["python3", "-I", "-B", paths.HARNESS, "relayed", *argv]


def _for_harness(job: PythonJob) -> dict[str, JsonValue]:
    return {
        "entry_file": job.entry_file,
        "entrypoint": job.entrypoint,
        "task_input": job.task_input,
        "proxy_url": paths.PROXY_URL,
        "run_token": job.run_token,
        "has_proxy": job.has_proxy,
        "python": job.python,
    }


class _Heard:
    """What the harness has said so far. The first word about the result holds; a later one is somebody else's."""

    def __init__(self, on_message: OnMessage | None) -> None:
        self._on_message = on_message
        self._audit = AuditSteps()
        self._final: Mapping[str, object] = {}
        self._end: Mapping[str, object] = {}
        self._python = ""

    def take(self, message: Mapping[str, object]) -> None:
        kind = _text(message.get("type"), 40)
        if kind in {"result", "bad_result", "exception", "problem"}:
            if self._final:
                return
            self._final = message
        elif kind == "end":
            self._end = message
        elif kind == "hello":
            self._python = _text(message.get("python"), 40)
        self._audit.add(message)
        if self._on_message is not None:
            self._on_message(message)

    def outcome(self, result: ExecResult) -> PythonOutcome:
        code = self._end.get("exit_code")
        return PythonOutcome(
            result=result,
            steps=self._audit.steps(),
            exit_code=code if isinstance(code, int) else None,
            signal=_text(self._end.get("signal"), 20) or None,
            python=self._python,
            steps_dropped=self._audit.dropped,
            **self._ending(),
        )

    def _ending(self) -> dict[str, Any]:
        final = self._final
        match final.get("type"):
            case "result":
                return {"final_response": _text(final.get("final_response"), _ANSWER_LIMIT)}
            case "exception":
                parts = (_text(final.get(name)) for name in ("type_name", "message", "traceback"))
                return {"exception": AgentException(*parts)}
            case "bad_result":
                return {"bad_result": f"{_text(final.get('came_back'))}: {_text(final.get('repr'))}"}
            case "problem":
                return {"problem": _text(final.get("code"), 64), "problem_text": _text(final.get("message"))}
            case _:
                return {}


def _text(value: object, limit: int = 33_000) -> str:
    return value[:limit] if isinstance(value, str) else ""
