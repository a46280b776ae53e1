"""The log of a build: written in pieces while it goes on, and read behind a line."""

import uuid
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from agents.images import listeners
from agents.images.states import Claim
from agents.log_sink import LogSink
from agents.models import AgentImage, ImageLogPiece
from agents.redaction import Redactor

#: Lines that are read at once.
LINES_AT_ONCE = 1_000
#: Lines of the end that are shown of a build that failed.
TAIL_LINES = 40


class LogLines(NamedTuple):
    """Consecutive lines of a stream; `first` is the number of the first."""

    first: int
    stream: str
    lines: list[str]

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


def sink_of(claim: Claim, organization_id: uuid.UUID) -> LogSink:
    """Return where a build's output goes. A build sees no secrets, so there is nothing to mask."""

    def emit(_kind: str, piece: dict[str, JsonValue]) -> None:
        ImageLogPiece.objects.create(
            organization_id=organization_id, owner_id=claim.image_id, build=claim.build, first=int(str(piece["first"])),
            stream=str(piece["stream"]), lines=_texts(piece["lines"]),
        )  # fmt: skip
        listeners.tell_changed(claim.image_id)

    return LogSink(Redactor([]), emit, kind="image.log")


def lines_after(image: AgentImage, line: int) -> list[LogLines]:
    """Return the pieces of the present build's log behind a line, about LINES_AT_ONCE lines of them."""
    rows = image.log.filter(build=image.build, first__gt=line).order_by("first")
    found: list[LogLines] = []
    count = 0
    for piece in _pieces(rows):
        found.append(piece)
        count += len(piece.lines)
        if count >= LINES_AT_ONCE:
            break
    return found


def tail_of(image: AgentImage, most: int = TAIL_LINES) -> list[str]:
    """Return the last lines of the present build's log."""
    lines: list[str] = []
    for piece in _pieces(image.log.filter(build=image.build).order_by("-first")):
        lines = [*piece.lines, *lines]
        if len(lines) >= most:
            break
    return lines[-most:]


def _pieces(rows: object) -> Iterator[LogLines]:
    for first, stream, lines in rows.values_list("first", "stream", "lines").iterator(chunk_size=20):  # type: ignore[attr-defined]
        yield LogLines(first, stream, lines)


def _texts(lines: JsonValue) -> list[str]:
    return [str(line) for line in (lines if isinstance(lines, list) else ())]
