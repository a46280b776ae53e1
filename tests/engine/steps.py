"""Kinds of step that only tests have. Each writes what it does into a ledger outside the database."""

import os
import uuid
from pathlib import Path

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import (
    Again,
    Answer,
    Child,
    Due,
    EventKey,
    Failed,
    Ok,
    Rewind,
    Route,
    StepContext,
    StepError,
    Stop,
    Suspend,
    Waiting,
)


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


class PauseStep(_TestStep):
    """Waits for a time, without a worker."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        return Suspend({"type": "delay"}, due_ms=int(node.config["due_ms"]))

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Due):
            raise ValueError("A delay takes no answer.")  # noqa: TRY004  # nobody's type is wrong
        return Ok("waited")


class PollStep(_TestStep):
    """Looks again and again, so many times."""

    def perform(self, context: StepContext) -> Answer:
        self.note(context, "did")
        looks = 1 + (context.memo or {}).get("looks", 0)
        if looks == context.node.config["times"]:
            return Ok(looks)
        return Suspend({"type": "poll", "looks": looks}, due_ms=60_000)

    def woken(self, waiting: Waiting) -> Again:
        return Again()


class EventStep(_TestStep):
    """Waits for an event."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        event = EventKey(node.config["name"], node.config["key"])
        return Suspend({"type": "event", "name": event.name}, event=event)

    def woken(self, waiting: Waiting) -> Answer:
        return Ok(waiting.wake.payload)


class ChildrenStep(_TestStep):
    """Starts runs, so many at once, and gathers what they left."""

    def perform(self, context: StepContext) -> Answer:
        return self._more(context.node, 0, context.node.config["parallelism"])

    def woken(self, waiting: Waiting) -> Answer:
        wake, config = waiting.wake, waiting.node.config
        if wake.started < config["items"]:
            return self._more(waiting.node, wake.started, config["parallelism"] - wake.live)
        if wake.live:
            return Suspend(waiting.waiting_for)
        return Ok([child.output["artifacts"] for child in wake.children])

    def _more(self, node: Node, started: int, room: int) -> Suspend:
        places = range(started, min(node.config["items"], started + room))
        children = tuple(Child(uuid.UUID(node.config["version"]), {"item": n}, key=str(n)) for n in places)
        return Suspend({"type": "children"}, children=children)


class ReviewStep(_TestStep):
    """Sends the run back to its first step, so many times."""

    def perform(self, context: StepContext) -> Answer:
        if context.generation < context.node.config["rounds"]:
            return Rewind("draft", {"say": f"again, {context.generation + 1}"})
        return Ok("fine")


class GateStep(_TestStep):
    """Asks whether to go on."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        return Suspend({"type": "approval"})

    def woken(self, waiting: Waiting) -> Answer:
        decision = waiting.wake.output["decision"]
        return Stop(waiting.wake.by, waiting.wake.output) if decision == "stop" else Route(decision)
