"""Writing runs that begin: planned first, then journaled all at once by COPY, as fast as rows can be written."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction

from console.copying import copy_rows
from console.ids import new_id
from orchestration import admission, hints
from orchestration.advance import Advance
from orchestration.events import Event, EventKind, News, announce_on_commit
from orchestration.graph import Graph, JsonObject
from orchestration.models import Trigger
from orchestration.rows import LockedRun, StepRow
from orchestration.states import RunStatus, StepStatus
from orchestration.view import RunView

_COPY_RUNS = """
COPY orchestration_run
    (id, organization_id, project_id, pipeline_id, version_id, status, title, input, seq, wave, trigger,
     created_by_id, rerun_from, cancelled_by, parent_step_id, child_key, depth, error, created_at, finished_at)
FROM STDIN
"""
_COPY_STEPS = """
COPY orchestration_steprun
    (id, organization_id, run_id, node_id, kind, generation, attempt, losses, wave, status, queue, agent_id, rank,
     output, route, error, claimed_by, due_at, waiting_for, event_name, event_key, started_at, finished_at,
     settled_seq, created_at)
FROM STDIN
"""
_COPY_EVENTS = """
COPY orchestration_runevent (run_id, seq, organization_id, kind, data, created_at) FROM STDIN
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A run that is to begin, with what follows at once from its first steps."""

    advance: Advance
    status: RunStatus
    title: str
    input: JsonObject
    child_key: str = ""

    @property
    def is_the_same_for_all(self) -> bool:
        """Whether nothing was evaluated yet, so that every run of the version begins like this, whatever its input."""
        return not self.advance.waits and all(row.settled_seq is None for row in self.advance.rows)

    def for_another(self, run_id: uuid.UUID, *, title: str, run_input: JsonObject, trigger: Trigger) -> "Beginning":
        """Return the beginning of another run of the same version. The view is shared, and changed by nobody."""
        rows = [replace(row, id=new_id()) for row in self.advance.rows]
        events = [_started(title, trigger), *self.advance.events[1:]]
        advance = Advance(replace(self.advance.run, id=run_id), self.advance.view, rows=rows, events=events)
        return Beginning(advance, self.status, title[:300], run_input)


def plan(
    run: LockedRun, graph: Graph, *, title: str, run_input: JsonObject, trigger: Trigger, key: str = ""
) -> Beginning:
    """Return the beginning of a run, with nothing written."""
    advance = Advance(run, RunView(graph, run_input), events=[_started(title, trigger)])
    return Beginning(advance, advance.plan(None), title[:300], run_input, key)


def write(
    beginnings: Sequence[Beginning],
    *,
    trigger: Trigger,
    user_id: uuid.UUID | None,
    follow_up: Callable[[Advance, RunStatus], None],
) -> None:
    """Write runs of one organization and their first steps and events, in the caller's transaction.

    `follow_up` is called for each once it stands.
    """
    if not beginnings:
        return
    now = datetime.now(tz=UTC)
    copy_rows(_COPY_RUNS, (_run_row(item, trigger, user_id, now) for item in beginnings))
    copy_rows(
        _COPY_STEPS,
        (_step_row(item.advance.run, row, now) for item in beginnings for row in item.advance.rows),
    )
    copy_rows(
        _COPY_EVENTS,
        (
            (item.advance.run.id, seq, item.advance.run.organization_id, event.kind.value, event.as_text(), now)
            for item in beginnings
            for seq, event in enumerate(item.advance.events, start=1)
        ),
    )
    _wake_after_commit(beginnings)
    for item in beginnings:
        follow_up(item.advance, item.status)


def _started(title: str, trigger: Trigger) -> Event:
    return Event(EventKind.RUN_STARTED, {"title": title, "trigger": trigger.value})


def _run_row(item: Beginning, trigger: Trigger, user_id: uuid.UUID | None, now: datetime) -> tuple[object, ...]:
    run = item.advance.run
    return (
        run.id, run.organization_id, run.project_id, run.pipeline_id, run.version_id, item.status.value, item.title,
        json.dumps(item.input), len(item.advance.events), item.advance.view.wave, trigger.value, user_id, "", "",
        run.parent_step_id, item.child_key, run.depth, _json(item.advance.error), now,
        now if item.status.is_final else None,
    )  # fmt: skip


def _step_row(run: LockedRun, row: StepRow, now: datetime) -> tuple[object, ...]:
    settled_at = None if row.settled_seq is None else now
    due_at = None if row.delay_ms is None else now + timedelta(milliseconds=row.delay_ms)
    return (
        row.id, run.organization_id, run.id, row.node_id, row.kind, row.generation, row.attempt, row.losses, row.wave,
        row.status.value, row.queue, row.agent_id, 0, json.dumps(row.output), row.route, _json(row.error), "", due_at,
        _json(row.waiting_for), row.event_name, row.event_key,
        now if row.status is StepStatus.WAITING else settled_at, settled_at, row.settled_seq, now,
    )  # fmt: skip


def _wake_after_commit(beginnings: Sequence[Beginning]) -> None:
    run = beginnings[-1].advance.run
    rows = [row for item in beginnings for row in item.advance.rows]
    ready = Counter(row.queue for row in rows if row.status is StepStatus.READY)
    for queue, count in ready.items():
        transaction.on_commit(lambda queue=queue, count=count: hints.wake(queue, count))  # type: ignore[misc]
    if any(row.status is StepStatus.QUEUED for row in rows):
        transaction.on_commit(lambda: admission.admit(run.organization_id))
    # One piece of news is enough for whoever watches the project; nobody can be watching these runs yet.
    announce_on_commit(News(run.organization_id, run.project_id, run.id, len(beginnings[-1].advance.events)))


def _json(value: JsonObject | None) -> str | None:
    return None if value is None else json.dumps(value)
