"""Kinds of step that only tests have. Each writes what it does into a ledger outside the database."""

import os
import uuid
from pathlib import Path

from console.errors import Problem
from orchestration.graph import Node
from orchestration.steps.base import Answer, Failed, Ok, StepContext, StepError, Suspend


def ledger(run_id: uuid.UUID) -> list[str]:
    """Return what the steps of a run have written, in order."""
    file = _file(run_id)
    return file.read_text().splitlines() if file.exists() else []


def _file(run_id: uuid.UUID) -> Path:
    return Path(os.environ["CALLBOARD_HOME"]) / f"ledger-{run_id}"


class _TestStep:
    is_pure = False
    queue = "control"

    def agent_id(self, node: Node) -> uuid.UUID | None:
        value = node.config.get("agent")
        return uuid.UUID(value) if isinstance(value, str) else None

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return []

    def note(self, context: StepContext, word: str) -> None:
        with _file(context.run_id).open("a") as file:
            file.write(f"{word} {context.node.id} {context.attempt}\n")
            file.flush()
            os.fsync(file.fileno())


class NoteStep(_TestStep):
    """Does nothing but write that it was there."""

    def perform(self, context: StepContext) -> Answer:
        self.note(context, "did")
        return Ok(context.node.config.get("output"))


class SleepStep(_TestStep):
    """Takes its time, and stops when it is told to."""

    def perform(self, context: StepContext) -> Answer:
        self.note(context, "began")
        if context.stop.wait(float(context.node.config.get("seconds", 60))):
            self.note(context, "stopped")
            return Failed(StepError("stopped", "It was stopped."), is_retryable=False)
        self.note(context, "did")
        return Ok()


class FlakyStep(_TestStep):
    """Fails until the attempt named in its configuration."""

    def perform(self, context: StepContext) -> Answer:
        self.note(context, "did")
        if context.attempt < int(context.node.config["good_attempt"]):
            return Failed(StepError("flaky", "Not yet."))
        return Ok(context.attempt)


class WaitStep(_TestStep):
    """Asks a question and waits for the answer."""

    def perform(self, context: StepContext) -> Answer:
        return Suspend({"type": "human_input", "prompt": str(context.node.config.get("prompt", ""))})
