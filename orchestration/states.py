"""The states of a run and of a step, and which may follow which.

```mermaid
stateDiagram-v2
  direction LR
  [*] --> running
  running --> paused : only waiting steps are left
  paused --> running : an answer arrives
  running --> completed
  running --> failed
  running --> cancelled
  paused --> failed
  paused --> cancelled
```
"""

from enum import StrEnum


class RunStatus(StrEnum):
    RUNNING = "running"  #: some step is running, queued or due
    PAUSED = "paused"  #: nothing goes on until a person or an event answers
    COMPLETED = "completed"  #: every step that could run has run
    FAILED = "failed"  #: a step failed and nothing said to carry on
    CANCELLED = "cancelled"  #: somebody stopped it

    @property
    def is_final(self) -> bool:
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


class StepStatus(StrEnum):
    SCHEDULED = "scheduled"  #: due later: a retry that backs off, a delay
    QUEUED = "queued"  #: waits until the caps of its agent and organization admit it
    READY = "ready"  #: offered to the workers
    RUNNING = "running"  #: a worker holds its lease
    WAITING = "waiting"  #: suspended until an event, an answer or children
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"  #: no edge into it can be taken any more
    CANCELLED = "cancelled"
    LOST = "lost"  #: its worker fell silent; a later attempt stands for it

    @property
    def is_live(self) -> bool:
        """Whether something is still to come of it."""
        return self in _LIVE

    @property
    def is_settled(self) -> bool:
        """Whether the graph may go on past it."""
        return self in (StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED)


_LIVE = frozenset({StepStatus.SCHEDULED, StepStatus.QUEUED, StepStatus.READY, StepStatus.RUNNING, StepStatus.WAITING})

#: Statuses in which a step uses a slot of its agent and organization, or is about to.
ADMITTED = (StepStatus.READY, StepStatus.RUNNING)
#: Statuses from which a step can still be cancelled.
LIVE = tuple(status for status in StepStatus if status.is_live)
