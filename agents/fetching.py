"""Has an agent's code fetched, before there is a sandbox, and tells how it goes."""

from dataclasses import dataclass

from agents.errors import AgentRunFailed
from agents.phases import Emit
from agents.redaction import Redactor
from agents.services.progress import Superseded
from agents.sources.base import Code, FetchContext
from agents.sources.registry import source
from agents.spec import AgentSpec


@dataclass(slots=True)
class FetchLog:
    """Puts what is told of the fetching at the head of the run's log; `line_count` is how many lines that were."""

    emit: Emit
    redactor: Redactor
    line_count: int = 0

    def __call__(self, line: str) -> None:
        self.emit("agent.log", {"stream": "stdout", "first": self.line_count + 1, "lines": [self.redactor.piece(line)]})
        self.line_count += 1


def fetch_code(spec: AgentSpec, context: FetchContext) -> Code:
    """Return an agent's code; raise AgentRunFailed where it can't be had, Superseded where nobody waits for it."""
    try:
        return source(str(spec.source["kind"])).fetch(spec.source, context)
    except AgentRunFailed as failure:
        if context.stop.is_set():
            raise Superseded from failure
        raise
