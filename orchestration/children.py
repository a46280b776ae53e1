"""Runs that a step of another run starts and waits for."""

import uuid
from collections.abc import Callable

from django.db.models import Count, Q

from orchestration import starting
from orchestration.advance import Advance, Wait
from orchestration.graph import JsonObject
from orchestration.models import PipelineVersion, Run, Trigger
from orchestration.rows import LockedRun
from orchestration.states import RunStatus
from orchestration.steps.base import Child, ChildrenEnded, ChildResult
from orchestration.views import graph_of, read_view


def start(parent: LockedRun, wait: Wait, *, follow_up: Callable[[Advance, RunStatus], None]) -> None:
    """Start the children that a step is suspended with, in the transaction that suspends it."""
    wanted = wait.suspend.children
    if not wanted:
        return
    versions = PipelineVersion.objects.select_related("pipeline").filter(
        organization_id=parent.organization_id, pk__in={child.version_id for child in wanted}
    )
    by_id = {version.pk: version for version in versions}
    beginnings = [_beginning(parent, wait.step_id, child, by_id[child.version_id]) for child in wanted]
    starting.write(beginnings, trigger=Trigger.CHILD, user_id=None, follow_up=follow_up)


def ended(step_id: uuid.UUID) -> ChildrenEnded:
    """Return what has become of a step's children so far."""
    counts = Run.objects.filter(parent_step_id=step_id).aggregate(
        started=Count("id"), live=Count("id", filter=Q(finished_at=None))
    )
    return ChildrenEnded(**counts, load=lambda: _results(step_id))


def unfinished_of(run_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the children of a run that have not ended."""
    return list(
        Run.objects.filter(parent_step__run_id=run_id, finished_at=None).order_by("id").values_list("id", flat=True)
    )


def _beginning(parent: LockedRun, step_id: uuid.UUID, child: Child, version: PipelineVersion) -> starting.Beginning:
    run = LockedRun.child(parent, step_id, version)
    return starting.plan(
        run, graph_of(version.pk), title=child.title, run_input=child.input, trigger=Trigger.CHILD, key=child.key
    )


def _results(step_id: uuid.UUID) -> tuple[ChildResult, ...]:
    return tuple(_result(run) for run in Run.objects.filter(parent_step_id=step_id).order_by("id"))


def _result(run: Run) -> ChildResult:
    status = RunStatus(run.status)
    output: JsonObject = read_view(run).final_state() if status is RunStatus.COMPLETED else {}
    return ChildResult(run.pk, run.child_key, status, output, _error(run, status))


def _error(run: Run, status: RunStatus) -> JsonObject | None:
    if status is RunStatus.CANCELLED:
        return {"code": "run_cancelled", "message": f"The run was cancelled by {run.cancelled_by}."}
    return run.error
