"""What an agent printed, as blocks of lines, a page of them at a time and from the end back."""

import json
from dataclasses import dataclass

from agents.models import AgentRun
from console.live.log_blocks import Block, Piece, blocks_of, piece_of
from orchestration.log_events import log_events_before

#: Lines that a page shows at once, and so many more each time somebody asks.
LINES_A_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Consecutive blocks. `older` is the number of the event before which there is more, 0 where there is none."""

    blocks: list[Block]
    older: int


def log_page(agent_run: AgentRun, *, before: int) -> LogPage:
    """Return the last lines of whole events with a number below `before`."""
    pieces: list[Piece] = []
    lines = 0
    for event in log_events_before(agent_run.run_id, before, mentioning=_mark(agent_run)):
        if lines >= LINES_A_PAGE:
            return LogPage(blocks_of(reversed(pieces)), pieces[-1].seq)
        pieces.append(piece_of(event))
        lines += len(pieces[-1].lines)
    return LogPage(blocks_of(reversed(pieces)), 0)


def _mark(agent_run: AgentRun) -> str:
    """Return what stands in the data of this run's events and not in what an agent prints, whose quotes are escaped."""
    return f'"agent_run":{json.dumps(agent_run.public_id)}'
