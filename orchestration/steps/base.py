"""What a kind of step is, and what it may answer."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from pydantic import JsonValue

from console.errors import Problem
from orchestration.graph import JsonObject, Node

Emit = Callable[[str, Mapping[str, JsonValue]], None]


@dataclass(frozen=True, slots=True)
class StepError:
    """Why a step failed: a code for programs, a sentence for people, and the rest as data."""

    code: str
    message: str
    details: Mapping[str, JsonValue] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        return {"code": self.code, "message": self.message, "details": dict(self.details)}


@dataclass(frozen=True, slots=True)
class Ok:
    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Route:
    """The step is done and chose the edges labelled `key`."""

    key: str
    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Suspend:
    """The step goes on when somebody answers. `waiting_for` is shown as the run's required action."""

    waiting_for: JsonObject


@dataclass(frozen=True, slots=True)
class Terminal:
    """The step ends the whole run, well."""

    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Failed:
    error: StepError
    is_retryable: bool = True


Answer = Ok | Route | Suspend | Terminal | Failed


class PureStep(Protocol):
    """A kind whose answer follows from its input alone, evaluated where the run is advanced, within a millisecond.

    Raising `ValueError` fails the step with the error's sentence.
    """

    is_pure: ClassVar[bool]

    def evaluate(self, node: Node, state: JsonObject) -> Ok | Route | Terminal: ...

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        """Return what keeps a node of this kind from being published."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """What an effectful step knows of the attempt it carries out.

    `stop` is set when the attempt is no longer wanted: cancelled, timed out or given to another worker. A step watches
    it and ends what it has under way within a second. `emit` appends an event to the run.
    """

    step_id: uuid.UUID
    run_id: uuid.UUID
    organization_id: uuid.UUID
    project_id: uuid.UUID
    pipeline_id: uuid.UUID
    node: Node
    attempt: int
    input: JsonObject
    stop: threading.Event
    emit: Emit

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt at this node of this run, for receivers that can tell a repeat by it."""
        return f"{self.run_id}:{self.node.id}"


class EffectStep(Protocol):
    """A kind that does something in the world. It runs on a worker of `queue`, under a lease, at least once."""

    is_pure: ClassVar[bool]
    queue: ClassVar[str]

    def agent_id(self, node: Node) -> uuid.UUID | None:
        """Return the agent whose cap it counts against, if it counts against one."""

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        """Return what keeps a node of this kind from being published."""

    def perform(self, context: StepContext) -> Answer: ...


Step = PureStep | EffectStep
