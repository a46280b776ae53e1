"""Kinds of step for storms. Each says in the ledger that it began and what it did, and answers with the same."""

import json
import os
import random
import signal
import uuid

from console.errors import Problem
from evaluation.steps.agent_field import AgentFieldStep
from orchestration.graph import Node
from orchestration.steps.base import Answer, Failed, Ok, StepContext, StepError, Suspend
from tests.chaos import ledger
from tests.chaos.poison import POISON


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
        began = ledger.Entry(context.run_id, context.node.id, context.attempt, "")
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
