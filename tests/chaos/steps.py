"""Kinds of step for storms. Each says in the ledger that it began and what it did, and answers with the same."""

import json
import os
import random
import signal
import uuid

from console.errors import Problem
from evaluation.steps.agent_field import AgentFieldStep
from orchestration.graph import JsonObject, Node
from orchestration.models import PipelineVersion
from orchestration.steps.base import (
    Answer,
    Arrived,
    Child,
    ChildrenEnded,
    EventKey,
    Failed,
    Ok,
    Rewind,
    StepContext,
    StepError,
    Suspend,
    Waiting,
)
from tests.chaos import ledger
from tests.chaos.poison import POISON

#: The name of the event that storms announce.
EVENT = "storm"


class _ChaosStep:
    is_pure = False
    queue = "control"

    def agent_id(self, _node: Node) -> uuid.UUID | None:
        return None

    def problems(self, _node: Node, _organization_id: uuid.UUID) -> list[Problem]:
        return []


class TraceStep(_ChaosStep):
    """Begins, takes up to `milliseconds`, does. With `fails_first` the first attempt fails instead."""

    def perform(self, context: StepContext) -> Answer:
        token = uuid.uuid4().hex
        began = ledger.Entry(context.run_id, context.node.id, context.generation, context.attempt, "")
        ledger.write(began)
        context.stop.wait(random.random() * float(context.node.config["milliseconds"]) / 1000)
        if context.node.config.get("fails_first") and context.attempt == 1:
            return Failed(StepError("not_yet", "The first attempt fails."))
        ledger.write(began._replace(token=token))
        return Ok({"token": token})


class AskStep(_ChaosStep):
    """Asks, and waits for the answer."""

    def perform(self, _context: StepContext) -> Answer:
        return Suspend({"type": "human_input", "prompt": "What is the token?"})


class AnnounceStep(_ChaosStep):
    """Waits for an event that carries its run's id."""

    def perform(self, context: StepContext) -> Answer:
        return Suspend({"type": "event", "name": EVENT}, event=EventKey(EVENT, str(context.run_id)))

    def woken(self, waiting: Waiting) -> Answer:
        assert isinstance(waiting.wake, Arrived)
        return Ok(waiting.wake.payload)


class NapStep(_ChaosStep):
    """Waits for a while, without a worker."""

    is_pure = True

    def evaluate(self, node: Node, _state: JsonObject) -> Suspend:
        return Suspend({"type": "delay"}, due_ms=int(str(node.config["milliseconds"])))

    def woken(self, _waiting: Waiting) -> Answer:
        return Ok()


class SendBackStep(_ChaosStep):
    """Sends the run back to `to` as often as `times` says, then lets it go on."""

    def perform(self, context: StepContext) -> Answer:
        if context.generation < int(str(context.node.config["times"])):
            return Rewind(str(context.node.config["to"]), {"generation": context.generation + 1})
        return Ok()


class EachStep(_ChaosStep):
    """Starts a run for each of `items`, `at_once` at a time, and waits for all of them."""

    def perform(self, context: StepContext) -> Answer:
        return self._more(context.node, started=0, live=0)

    def woken(self, waiting: Waiting) -> Answer:
        wake = waiting.wake
        assert isinstance(wake, ChildrenEnded)
        if wake.started < int(str(waiting.node.config["items"])):
            return self._more(waiting.node, started=wake.started, live=wake.live)
        if wake.live:
            return Suspend(waiting.waiting_for)
        return Ok([str(child.run_id) for child in wake.children])

    def _more(self, node: Node, *, started: int, live: int) -> Suspend:
        config = {name: int(str(value)) for name, value in node.config.items() if name != "shape"}
        version = PipelineVersion.objects.get(pipeline__name=str(node.config["shape"]))
        places = range(started, min(config["items"], started + config["at_once"] - live))
        children = tuple(Child(version.pk, {}, title="child", key=str(place)) for place in places)
        return Suspend({"type": "children"}, children=children)


class PoisonStep(_ChaosStep):
    """Kills the process that carries it out."""

    def perform(self, _context: StepContext) -> Answer:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives this")


class PoisonableAgentField(AgentFieldStep):
    """An agent field one of whose tasks kills the worker in the middle of the agent's run."""

    def perform(self, context: StepContext) -> Answer:
        if POISON in json.dumps(context.input):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().perform(context)
