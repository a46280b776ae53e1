"""What a judge looks at: what was asked, what came back, and what was done in between. All of it redacted already."""

from dataclasses import dataclass
from typing import NamedTuple

NO_ANSWER = "There is no answer."


class AgentException(NamedTuple):
    """The exception an agent ended with, which is a result like any other."""

    type: str
    message: str
    traceback: str = ""

    @property
    def summary(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True, slots=True)
class Evidence:
    """One run's result. `trajectory` numbers its steps from 1 to `step_count`."""

    task: str
    final_response: str | None
    exception: AgentException | None = None
    trajectory: str = ""
    step_count: int = 0

    @property
    def answer(self) -> str:
        """Return the answer as text, empty where there is none."""
        return self.final_response or ""
