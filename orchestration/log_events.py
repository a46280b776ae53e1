"""Reads of what agents and scripts printed: the `agent.log` and `step.log` events of a run, from the newest back."""

import json
import uuid
from collections.abc import Iterator

from orchestration.events import EventKind
from orchestration.models import RunEvent
from orchestration.queries import EventRow

_BATCH = 100


def log_events_before(run_id: uuid.UUID, before: int, *, mentioning: str) -> Iterator[EventRow]:
    """Yield the log events of a run with a number below `before` that mention a text, the newest first.

    They are read in batches: whoever has seen enough stops asking.
    """
    rows = RunEvent.objects.filter(run_id=run_id, kind=EventKind.AGENT_LOG, data__contains=mentioning)
    while True:
        found = list(
            rows.filter(seq__lt=before).order_by("-seq").values_list("seq", "kind", "data", "created_at")[:_BATCH]
        )
        yield from (EventRow(*row) for row in found)
        if len(found) < _BATCH:
            return
        before = found[-1][0]


def log_events_after(run_id: uuid.UUID, after: int, *, mentioning: str, limit: int) -> list[EventRow]:
    """Return up to `limit` log events behind number `after`, in order."""
    rows = RunEvent.objects.filter(run_id=run_id, kind=EventKind.AGENT_LOG, data__contains=mentioning, seq__gt=after)
    return [EventRow(*row) for row in rows.order_by("seq").values_list("seq", "kind", "data", "created_at")[:limit]]


def step_log_events(run_id: uuid.UUID, node_id: str, *, limit: int) -> list[EventRow]:
    """Return the last `limit` events of what a step printed itself, over all its attempts, in order."""
    # The node stands first in the data of each. A quote in what was printed is escaped, so it can't be taken for it.
    mark = f'"node":{json.dumps(node_id)}'
    rows = RunEvent.objects.filter(run_id=run_id, kind=EventKind.STEP_LOG, data__contains=mark).order_by("-seq")
    return [EventRow(*row) for row in rows.values_list("seq", "kind", "data", "created_at")[:limit]][::-1]
