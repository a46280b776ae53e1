"""When a failed step is tried again."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

LONGEST_DELAY_MS = 3_600_000
#: A delay is spread over the last quarter of its length, so that steps that failed together do not return together.
_JITTER = 0.25


class Backoff(StrEnum):
    FIXED = "fixed"  #: always the first delay
    LINEAR = "linear"  #: 1, 2, 3 … times the first delay
    EXPONENTIAL = "exponential"  #: 1, 2, 4 … times the first delay


class RetryPolicy(BaseModel):
    """How often and how soon. `max_attempts` counts the first attempt too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_attempts: int = Field(default=1, ge=1, le=100)
    backoff: Backoff = Backoff.EXPONENTIAL
    initial_delay_ms: int = Field(default=1_000, ge=0, le=LONGEST_DELAY_MS)
    longest_delay_ms: int = Field(default=LONGEST_DELAY_MS, ge=0, le=LONGEST_DELAY_MS)

    def delay_ms(self, *, attempt: int, chance: float) -> int | None:
        """Return the wait after failed `attempt` (1 is the first), or None where it was the last.

        `chance` is a number from 0 to 1 drawn by the caller.
        """
        if attempt >= self.max_attempts:
            return None
        # Doubling is stopped early: past the longest delay the exact power no longer matters, only its size would.
        factor: int = {Backoff.FIXED: 1, Backoff.LINEAR: attempt}.get(self.backoff, 2 ** min(attempt - 1, 30))
        full = min(self.initial_delay_ms * factor, self.longest_delay_ms)
        delay: int = round(full * (1 - _JITTER * chance))
        return delay
