"""Starting many runs of one version at once, by COPY: as fast as the rows can be written."""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import transaction

from console.access import Actor, Permission, require
from console.copying import copy_rows
from console.ids import new_id
from orchestration import admission, hints
from orchestration.advance import Advance
from orchestration.events import Event, EventKind, News, announce_on_commit
from orchestration.graph import JsonObject
from orchestration.models import PipelineVersion, Trigger
from orchestration.rows import LockedRun, StepRow
from orchestration.states import RunStatus, StepStatus
from orchestration.view import RunView
from orchestration.views import graph_of

_COPY_RUNS = """
COPY orchestration_run
    (id, organization_id, project_id, pipeline_id, version_id, status, title, input, seq, wave, trigger,
     created_by_id, rerun_from, cancelled_by, created_at, finished_at) FROM STDIN
"""
_COPY_STEPS = """
COPY orchestration_steprun
    (id, organization_id, run_id, node_id, kind, generation, attempt, losses, wave, status, queue, agent_id, rank,
     output, route, error, claimed_by, started_at, finished_at, settled_seq, created_at) FROM STDIN
"""
_COPY_EVENTS = """
COPY orchestration_runevent (run_id, seq, organization_id, kind, data, created_at) FROM STDIN
"""


@dataclass(frozen=True, slots=True)
class RunSeed:
    """A run that is to be started, under a key chosen beforehand."""

    id: uuid.UUID
    title: str
    input: JsonObject


def runs_start(*, actor: Actor, version: PipelineVersion, seeds: Sequence[RunSeed], trigger: Trigger) -> None:
    """Start a run for each seed, all or none, in the caller's transaction if there is one."""
    require(actor, Permission.RUN, project_id=version.pipeline.project_id)
    plans: list[_Plan] = []
    for seed in seeds:
        if plans and plans[0].is_the_same_for_all:
            plans.append(plans[0].for_another(seed, trigger))
        else:
            plans.append(_plan(actor, version, seed, trigger))
    with transaction.atomic():
        _write(plans, actor=actor, trigger=trigger)
        _wake_after_commit(plans)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A run's beginning: its first steps and events, and what has become of it at once."""

    seed: RunSeed
    run: LockedRun
    rows: Sequence[StepRow]
    events: Sequence[Event]
    status: RunStatus
    wave: int

    @property
    def is_the_same_for_all(self) -> bool:
        """Whether nothing was evaluated yet, so that every run of the version begins like this, whatever its input."""
        return all(row.settled_seq is None for row in self.rows)

    def for_another(self, seed: RunSeed, trigger: Trigger) -> "_Plan":
        """Return the plan of another run of the same version."""
        rows = [replace(row, id=new_id()) for row in self.rows]
        events = [_started(seed, trigger), *self.events[1:]]
        return replace(self, seed=seed, run=replace(self.run, id=seed.id), rows=rows, events=events)


def _plan(actor: Actor, version: PipelineVersion, seed: RunSeed, trigger: Trigger) -> _Plan:
    pipeline = version.pipeline
    run = LockedRun(
        seed.id, actor.organization_id, pipeline.project_id, version.pipeline_id, version.pk, RunStatus.RUNNING, 0, 0
    )
    advance = Advance(run, RunView(graph_of(version.pk), seed.input), events=[_started(seed, trigger)])
    status = advance.plan(None)
    return _Plan(seed, run, advance.rows, advance.events, status, advance.view.wave)


def _started(seed: RunSeed, trigger: Trigger) -> Event:
    return Event(EventKind.RUN_STARTED, {"title": seed.title, "trigger": trigger.value})


def _write(plans: Sequence[_Plan], *, actor: Actor, trigger: Trigger) -> None:
    now = datetime.now(tz=UTC)
    copy_rows(
        _COPY_RUNS,
        (
            (
                plan.seed.id, run.organization_id, run.project_id, run.pipeline_id, run.version_id,
                plan.status.value, plan.seed.title[:300], json.dumps(plan.seed.input), len(plan.events),
                plan.wave, trigger.value, actor.user_id, "", "", now,
                now if plan.status.is_final else None,
            )
            for plan in plans
            for run in (plan.run,)
        ),
    )  # fmt: skip
    copy_rows(
        _COPY_STEPS,
        (
            (
                row.id, plan.run.organization_id, plan.seed.id, row.node_id, row.kind, row.generation,
                row.attempt, row.losses, row.wave, row.status.value, row.queue, row.agent_id, 0,
                json.dumps(row.output), row.route, None if row.error is None else json.dumps(row.error), "",
                None if row.settled_seq is None else now, None if row.settled_seq is None else now, row.settled_seq,
                now,
            )
            for plan in plans
            for row in plan.rows
        ),
    )  # fmt: skip
    copy_rows(
        _COPY_EVENTS,
        (
            (plan.seed.id, seq, plan.run.organization_id, event.kind.value, event.as_text(), now)
            for plan in plans
            for seq, event in enumerate(plan.events, start=1)
        ),
    )


def _wake_after_commit(plans: Sequence[_Plan]) -> None:
    if not plans:
        return
    run = plans[-1].run
    rows = [row for plan in plans for row in plan.rows]
    ready = Counter(row.queue for row in rows if row.status is StepStatus.READY)
    for queue, count in ready.items():
        transaction.on_commit(lambda queue=queue, count=count: hints.wake(queue, count))  # type: ignore[misc]
    if any(row.status is StepStatus.QUEUED for row in rows):
        transaction.on_commit(lambda: admission.admit(run.organization_id))
    # One piece of news is enough for whoever watches the project; nobody can be watching these runs yet.
    announce_on_commit(News(run.organization_id, run.project_id, run.id, len(plans[-1].events)))
