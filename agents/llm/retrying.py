"""When a call is tried again. A refused request is never repeated as it is: it would be refused again."""

from dataclasses import dataclass

from agents.errors import ModelCallFailed

#: A provider that wants more than this is asked again by a person, not by a worker that waits.
LONGEST_WAIT_SECONDS = 60.0
#: A wait is spread over its last quarter, so that calls that failed together do not return together.
_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take and how often it is tried. `attempts` counts the first one."""

    attempts: int = 4
    first_wait_seconds: float = 1.0
    call_seconds: float = 120.0


def wait_seconds(patience: Patience, failure: ModelCallFailed, *, attempt: int, chance: float) -> float | None:
    """Return the wait after failed `attempt` (1 is the first), or None where it is not tried again.

    What the provider asks for goes before our own doubling. `chance` is a number from 0 to 1 drawn by the caller.
    """
    if not failure.is_retryable or attempt >= patience.attempts:
        return None
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= LONGEST_WAIT_SECONDS else None
    full = min(patience.first_wait_seconds * 2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)
    return full * (1 - _JITTER * chance)
