"""What goes over a socket: events in order, as JSON text that was put together once."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.live.log_blocks import log_html
from orchestration.queries import EventRow

#: Frames of those who are behind are cut at multiples of this, so that clients at different places share them.
BLOCK = 500


@dataclass(frozen=True, slots=True)
class Frame:
    """Events `first` to `last` of a run; `text` for programs, `page_text` with HTML of log lines for our pages."""

    first: int
    last: int
    text: str
    page_text: str


def frame_of(events: Sequence[EventRow], *, head: int) -> Frame:
    """Return the frame of consecutive events, of which there must be at least one."""
    first, last = events[0].seq, events[-1].seq
    listed = ",".join(
        f'{{"seq":{event.seq},"kind":"{event.kind}","at":"{event.created_at.isoformat()}","data":{event.data}}}'
        for event in events
    )
    start = f'{{"type":"events","from":{first},"to":{last},"head":{head}'
    return Frame(
        first, last, text=f'{start},"events":[{listed}]}}',
        page_text=f'{start},"events":[{listed}],"html":{log_html(events)}}}',
    )  # fmt: skip


def heartbeat(head: int) -> str:
    return f'{{"type":"heartbeat","head":{head}}}'
