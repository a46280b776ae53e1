"""What a runtime is: the way from an agent's spec and a task to what came of it, inside an open sandbox."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from agents.sources.base import Code
from agents.spec import AgentSpec
from sandboxes.base import Sandbox
from sandboxes.trajectories.steps import Step

#: Called with a stream's name and a piece of what the agent printed.
OnLog = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What an agent is to do, and with what. `env` holds secrets, and the token is one.

    `python` is the interpreter that was prepared for it; None is the one that the sandbox has anyway. Without
    `has_tools` the run's proxy can't be reached.
    """

    task_input: Mapping[str, JsonValue]
    run_token: str = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    on_log: OnLog
    stop: threading.Event
    python: str | None = None
    has_tools: bool = True


@dataclass(frozen=True, slots=True)
class AgentException:
    """How the agent's own work ended badly. It is a result, and is graded."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: an answer, or an exception, and the steps that were seen on the way."""

    steps: tuple[Step, ...]
    final_response: str | None = None
    exception: AgentException | None = None


class Runtime(Protocol):
    """A kind of agent."""

    def place(self, sandbox: Sandbox, spec: AgentSpec, code: Code) -> None:
        """Put into the sandbox what the agent consists of."""

    def carry_out(self, sandbox: Sandbox, spec: AgentSpec, code: Code, task: Task) -> Answer:
        """Have the agent do the task.

        Raise AgentRunFailed for what is not the agent's work, with the steps seen so far, or SandboxError.
        """
