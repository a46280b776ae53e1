"""What goes over a socket: events in order, as JSON text that was put together once."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.live.log_blocks import piece_of
from console.live.log_html import log_html
from orchestration.events import EventKind
from orchestration.queries import EventRow

#: Frames of those who are behind are cut at multiples of this, so that clients at different places share them.
BLOCK = 500
#: And wherever their events come to so many characters, so that no reader is sent more at once than he can take.
LONGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """Events `first` to `last` of a run."""

    first: int
    last: int
    text: str


def frame_of(events: Sequence[EventRow], *, head: int, for_page: bool) -> Frame:
    """Return the frame of the first of these consecutive events, of which there must be at least one.

    A program is sent each event whole. A page is sent log lines as HTML by agent run, ready to be put in place, and
    not a second time as data.
    """
    taken = list(_first_of(events))
    logs = [piece_of(event) for event in taken if event.kind == EventKind.AGENT_LOG] if for_page else []
    more = f',"log":{json.dumps(log_html(logs))}' if logs else ""
    listed = ",".join(_listed(event, for_page=for_page) for event in taken)
    first, last = taken[0].seq, taken[-1].seq
    start = f'{{"type":"events","from":{first},"to":{last},"head":{max(head, last)}'
    return Frame(first, last, f'{start},"events":[{listed}]{more}}}')


def heartbeat(head: int) -> str:
    return f'{{"type":"heartbeat","head":{head}}}'


def _first_of(events: Sequence[EventRow]) -> Iterator[EventRow]:
    size = 0
    for event in events:
        if size and size + len(event.data) > LONGEST:
            return
        size += len(event.data)
        yield event


def _listed(event: EventRow, *, for_page: bool) -> str:
    is_shown = for_page and event.kind == EventKind.AGENT_LOG
    data = "{}" if is_shown else event.data
    return f'{{"seq":{event.seq},"kind":"{event.kind}","at":"{event.created_at.isoformat()}","data":{data}}}'
