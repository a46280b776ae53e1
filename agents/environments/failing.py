from collections.abc import Iterator
from contextlib import contextmanager

from agents.environments.setup_log import StepFailed
from agents.errors import AgentRunFailed, FailureCode


@contextmanager
def setup_failures() -> Iterator[None]:
    """Turn a step of the environment that came to nothing into what is told of the run."""
    try:
        yield
    except StepFailed as failure:
        raise AgentRunFailed(FailureCode.ENVIRONMENT_SETUP_FAILED, str(failure)) from failure
