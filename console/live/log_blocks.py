"""Log lines in blocks of at most a hundred, so that a page lays out only those that are seen."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from orchestration.queries import EventRow

MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """One event's lines: consecutive ones of one stream. `first` is the number of the first within its attempt."""

    seq: int
    agent_run: str
    stream: str
    first: int
    lines: list[str]


class Line(NamedTuple):
    number: int
    stream: str
    text: str


@dataclass(slots=True)
class Block:
    """Consecutive lines of whole events, or a part of one that is too long.

    `seq` is the number of its first event: what is older than the block lies before it. `is_part` says that
    other blocks hold lines of the same event.
    """

    seq: int
    starts_attempt: bool = False
    is_part: bool = False
    lines: list[Line] = field(default_factory=list)


def piece_of(event: EventRow) -> Piece:
    """Return the lines of an `agent.log` event."""
    data = json.loads(event.data)
    return Piece(event.seq, data.get("agent_run", ""), data["stream"], data["first"], data["lines"])


def blocks_of(pieces: Iterable[Piece]) -> list[Block]:
    """Return the pieces of one agent run as blocks: short ones together, a long one by itself."""
    blocks: list[Block] = []
    for piece in pieces:
        lines = [Line(number, piece.stream, text) for number, text in enumerate(piece.lines, start=piece.first)]
        starts_attempt = piece.first == 1
        last = blocks[-1] if blocks else None
        if last and not last.is_part and not starts_attempt and len(last.lines) + len(lines) <= MOST_LINES:
            last.lines.extend(lines)
            continue
        parts = [lines[start : start + MOST_LINES] for start in range(0, len(lines), MOST_LINES)]
        blocks += [
            Block(piece.seq, starts_attempt and number == 0, len(parts) > 1, part) for number, part in enumerate(parts)
        ]
    return blocks
