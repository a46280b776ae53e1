"""What a kind of step is, and what it may answer."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Protocol

from pydantic import JsonValue

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.states import RunStatus

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
class EventKey:
    """The name of an event and the correlation key it must carry to be meant."""

    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """A run to be started for a step that waits for its end. `key` is what the step knows it by."""

    version_id: uuid.UUID
    input: JsonObject
    title: str = ""
    key: str = ""


#: Types of waits that end by themselves. A run that waits for nothing else is running, not paused.
PASSING_WAITS = frozenset({"delay", "poll", "children"})


@dataclass(frozen=True, slots=True)
class Suspend:
    """The step waits, and holds no worker meanwhile.

    `waiting_for` is `{"type", …}` and is shown as the run's required action; a type of PASSING_WAITS asks nothing of
    anybody. It is woken by an answer, after `due_ms` milliseconds, by `event`, or when one of its children has ended,
    whatever comes first. `children` are started in the transaction that suspends the step.
    """

    waiting_for: JsonObject
    due_ms: int | None = None
    event: EventKey | None = None
    children: tuple[Child, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Only from `woken`: the step is performed once more, by a worker, with what it waited for as its memo."""


@dataclass(frozen=True, slots=True)
class Rewind:
    """The run goes back to `target`, an earlier step: it and all behind it run again, as a new generation.

    What they see has `feedback` under the target's id under `feedback`. The `output` stays with this step's row.
    """

    target: str
    feedback: JsonValue
    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The run ends as cancelled, because somebody decided so."""

    by: str
    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """The step ends the whole run, well."""

    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class Failed:
    error: StepError
    is_retryable: bool = True


Answer = Ok | Route | Suspend | Terminal | Failed | Rewind | Stop


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered. `by` is who, as the audit trail names people."""

    output: JsonObject
    by: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The time is over."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The event came. `event_id` is what it is kept as."""

    payload: JsonValue
    event_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ChildResult:
    """What became of a child. `output` is its final state, `error` is set where it failed or was cancelled."""

    run_id: uuid.UUID
    key: str
    status: RunStatus
    output: JsonObject
    error: JsonObject | None


@dataclass(frozen=True)
class ChildrenEnded:
    """A child has ended. `started` and `live` count all children so far.

    The results are read when they are asked for, in the order the children were started.
    """

    started: int
    live: int
    load: Callable[[], tuple[ChildResult, ...]] = field(repr=False)

    @cached_property
    def children(self) -> tuple[ChildResult, ...]:
        return self.load()


Wake = Answered | Due | Arrived | ChildrenEnded


@dataclass(frozen=True, slots=True)
class Waiting:
    """A suspended step that was woken. `state` is what it sees, `generation` counts how often it was sent back."""

    node: Node
    state: JsonObject
    waiting_for: JsonObject
    wake: Wake
    generation: int = 0


class SuspendingStep(Protocol):
    """What a kind that suspends also has. It is asked in the transaction of whoever wakes it, so it must be quick.

    Raising `ValueError` refuses an answer, with the error's sentence, and fails the step on any other wake.
    """

    def woken(self, waiting: Waiting) -> Answer | Again: ...


class PureStep(Protocol):
    """A kind whose answer follows from its input alone, evaluated where the run is advanced, within a millisecond.

    Raising `ValueError` fails the step with the error's sentence.
    """

    is_pure: ClassVar[bool]

    def evaluate(self, node: Node, state: JsonObject) -> Ok | Route | Terminal | Suspend: ...

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        """Return what keeps a node of this kind from being published."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """What an effectful step knows of the attempt it carries out.

    `stop` is set when the attempt is no longer wanted: cancelled, timed out or given to another worker. A step watches
    it and ends what it has under way within a second. `emit` appends an event to the run. `memo` is what the step
    waited for before it is performed again, `generation` how often the run was sent back to before it.
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
    memo: JsonObject | None = None
    generation: int = 0

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
