"""One attempt at an agent run: whatever comes of it is told live and stored on the run."""

import logging
from collections.abc import Callable

from django.db import Error
from pydantic import JsonValue

from agents.errors import AgentRunFailed, FailureCode
from agents.models import AgentRun
from agents.phases import Phases
from agents.runner import Attempt
from agents.services import progress
from orchestration.steps.base import StepContext

log = logging.getLogger(__name__)


def attempted(context: StepContext, agent_run: AgentRun, carry_out: Callable[[Attempt], None]) -> AgentRun:
    """Have `carry_out` do what the run has not come to yet, and return the run as it then stands.

    Raise Superseded where it is no longer wanted.
    """

    def emit(kind: str, data: dict[str, JsonValue]) -> None:
        context.emit(kind, {"agent_run": agent_run.public_id, **data})

    try:
        carry_out(Attempt(agent_run, context.step_id, Phases(agent_run, emit), emit, context.stop))
        progress.completed(agent_run)
    except AgentRunFailed as failure:
        progress.failed(agent_run, failure)
        emit("agent.failed", {"code": failure.code.value})
    except (progress.Superseded, Error):
        # A database that went away is nothing that became of the run: another attempt takes over what is stored.
        raise
    except Exception as error:
        log.exception("agent run %s met an error of ours", agent_run.pk)
        progress.failed(agent_run, AgentRunFailed(FailureCode.INTERNAL_ERROR, type(error).__name__))
        emit("agent.failed", {"code": FailureCode.INTERNAL_ERROR.value})
    return agent_run
