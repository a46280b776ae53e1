"""The phases of an agent run: each is timed, told live, and kept on the run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.utils import timezone
from pydantic import JsonValue

from agents.models import AgentRun

Emit = Callable[[str, dict[str, JsonValue]], None]


class Phase(StrEnum):
    """The phases in their order."""

    RESOLVE = "resolve"  #: model, secrets, code: before any sandbox, so that a bad archive costs nothing
    PREPARE = "prepare"  #: what the environment asks for, made once for many runs: packages, a Python
    BOOT = "boot"  #: the sandbox
    SETUP = "setup"  #: what the agent consists of and needs
    SEED = "seed"  #: the workspace it works on
    TURNS = "turns"  #: the agent's own work
    COLLECT = "collect"  #: trajectory and answer, masked and stored
    GRADE = "grade"


class Phases:
    """Keeps the time of one attempt."""

    def __init__(self, agent_run: AgentRun, emit: Emit) -> None:
        self._agent_run = agent_run
        self._emit = emit
        kept = agent_run.phases if agent_run.collected_at else []
        self._done: list[JsonValue] = [entry for entry in kept if "duration_ms" in entry]
        self._open: dict[str, JsonValue] = {}
        self._steps: list[JsonValue] = []

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Time a phase. While it lasts it is kept without a duration; one that raises is kept with its failure."""
        start = time.monotonic()
        entry: dict[str, JsonValue] = {"name": phase.value, "started_at": timezone.now().isoformat()}
        self._open, self._steps = entry, []
        self._keep(phase, [*self._done, entry])
        self._emit("agent.phase", {"phase": phase.value, "state": "started"})
        failed = False
        try:
            yield
        except BaseException:
            failed = True
            raise
        finally:
            duration_ms = round((time.monotonic() - start) * 1000)
            steps: dict[str, JsonValue] = {"steps": self._steps} if self._steps else {}
            self._done.append({**entry, "duration_ms": duration_ms, **({"failed": True} if failed else {}), **steps})
            self._keep(phase, self._done)
            self._emit(
                "agent.phase",
                {"phase": phase.value, "state": "failed" if failed else "done", "duration_ms": duration_ms},
            )

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, JsonValue]]:
        """Time a step within the present phase. What is put into the dictionary is kept with it."""
        start = time.monotonic()
        step: dict[str, JsonValue] = {"name": name}
        self._steps.append(step)
        self._tell_of(step, "started")
        try:
            yield step
        except BaseException:
            step["failed"] = True
            raise
        finally:
            step["duration_ms"] = round((time.monotonic() - start) * 1000)
            self._tell_of(step, "failed" if step.get("failed") else "done")

    def _tell_of(self, step: dict[str, JsonValue], state: str) -> None:
        phase = Phase(str(self._open["name"]))
        self._keep(phase, [*self._done, {**self._open, "steps": self._steps}])
        self._emit("agent.step", {"phase": phase.value, "step": step["name"], "state": state})

    def _keep(self, phase: Phase, entries: list[JsonValue]) -> None:
        run = self._agent_run
        AgentRun.objects.filter(pk=run.pk, attempt=run.attempt).update(phases=entries, phase=phase.value)
