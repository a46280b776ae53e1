"""Has an agent's code fetched, before there is a sandbox, and tells how it goes."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from agents.errors import AgentRunFailed
from agents.models import AgentRun
from agents.phases import Emit
from agents.redaction import Redactor
from agents.services import progress
from agents.sources.base import Code, FetchContext
from agents.sources.registry import source
from agents.spec import AgentSpec


class Fetched(NamedTuple):
    """An agent's code, and how many lines the run's log has of it."""

    code: Code
    log_lines: int


@dataclass(slots=True)
class FetchLog:
    """Puts what is told of the fetching at the head of the run's log; `line_count` is how many lines that were."""

    emit: Emit
    redactor: Redactor
    line_count: int = 0

    def __call__(self, line: str) -> None:
        self.emit("agent.log", {"stream": "stdout", "first": self.line_count + 1, "lines": [self.redactor.piece(line)]})
        self.line_count += 1


def fetch_code(
    agent_run: AgentRun, spec: AgentSpec, *, emit: Emit, stop: threading.Event, secrets: Iterable[str]
) -> Fetched:
    """Return an agent's code, and keep on its run where that is from; `secrets` show on no line.

    Raise AgentRunFailed where it can't be had, Superseded where nobody waits for it.
    """
    log = FetchLog(emit, Redactor(secrets))
    context = FetchContext(agent_run.organization_id, spec.entrypoint_file, stop, log)
    try:
        code = source(str(spec.source["kind"])).fetch(spec.source, context)
    except AgentRunFailed as failure:
        if stop.is_set():
            raise progress.Superseded from failure
        raise
    finally:
        if log.line_count:
            progress.note_log_lines(agent_run, log.line_count)
    progress.note_origin(agent_run, code.origin)
    return Fetched(code, log.line_count)
