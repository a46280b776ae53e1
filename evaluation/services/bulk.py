"""Doing something with many runs: a few at once, in the request; more of them in the background, a batch at a time."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from agents.models import AgentRun, AgentRunStatus
from console import audit
from console.access import Actor, Permission, require
from console.errors import DomainError
from console.tenancy import InOrganization, ensure_owned
from evaluation.models import BulkAct, BulkVerb
from evaluation.services.dispatch import agent_run_rerun
from evaluation.services.regrading import regrades_ask
from orchestration.models import Run
from orchestration.services.runs import runs_cancel

log = logging.getLogger(__name__)

#: Up to so many are dealt with while somebody waits for the answer.
MOST_AT_ONCE = 50
#: The newest of those that fit; more than that is a job for a program.
MOST_IN_ALL = 10_000

_ENDED = frozenset({AgentRunStatus.COMPLETED, AgentRunStatus.FAILED, AgentRunStatus.CANCELLED})


class BulkResult(NamedTuple):
    """How many runs were asked for and, where it is settled at once, how many of them the verb fitted."""

    asked: int
    done: int | None


@transaction.atomic
def runs_act(*, actor: Actor, project: InOrganization, verb: BulkVerb, agent_runs: "QuerySet[AgentRun]") -> BulkResult:
    """Rerun, re-grade or cancel the newest of some runs of a project; those that the verb does not fit stay as is."""
    ensure_owned(actor, project)
    require(actor, Permission.RUN, project_id=project.pk)
    newest = agent_runs.filter(project_id=project.pk).order_by("-pk")
    keys = list(newest.values_list("pk", flat=True)[:MOST_IN_ALL])
    if len(keys) <= MOST_AT_ONCE:
        return BulkResult(len(keys), _do(actor, project.pk, verb, keys))
    act = BulkAct.objects.create(
        organization_id=actor.organization_id, project_id=project.pk, verb=verb, created_by_id=actor.user_id,
        created_by=actor.label, agent_run_ids=keys,
    )  # fmt: skip
    audit.record(actor=actor, action=f"runs.{verb}", target=act, after={"runs": len(keys)})
    transaction.on_commit(lambda: wake(act.pk))
    return BulkResult(len(keys), None)


def carry_on(act_id: uuid.UUID) -> None:
    """Deal with the next runs of an act and ask for the rest; harmless where a worker is at it, or none is left."""
    with transaction.atomic():
        rows = BulkAct.objects.select_for_update(skip_locked=True)
        act = rows.filter(pk=act_id, finished_at=None).first()
        if act is None:
            return
        batch = act.agent_run_ids[act.position : act.position + MOST_AT_ONCE]
        actor = Actor.platform(act.organization_id, user_id=act.created_by_id, label=act.created_by)
        act.done += _do(actor, act.project_id, BulkVerb(act.verb), batch)
        act.position += len(batch)
        if act.position >= len(act.agent_run_ids):
            act.finished_at = timezone.now()
        act.save(update_fields=["done", "position", "finished_at", "updated_at"])
    if act.finished_at is None:
        wake(act_id)


def wake(act_id: uuid.UUID) -> None:
    """Have a worker go on with an act. Losing the message loses nothing: `resume_stalled` sends it again."""
    try:
        current_app.send_task("evaluation.bulk", args=[str(act_id)], queue="control")
    except (OperationalError, OSError) as error:
        log.warning("a worker could not be told of bulk act %s: %s", act_id, error)


def resume_stalled(*, older_than_seconds: float) -> None:
    """Have workers go on with acts that nobody has touched for a while."""
    now = timezone.now()
    # What was touched in the future was touched before the clock was put back.
    long_ago = Q(updated_at__lt=now - timedelta(seconds=older_than_seconds)) | Q(updated_at__gt=now)
    stalled = BulkAct.objects.filter(long_ago, finished_at=None)
    for act_id in stalled.values_list("pk", flat=True)[:100]:
        wake(act_id)


def _do(actor: Actor, project_id: uuid.UUID, verb: BulkVerb, keys: Sequence[uuid.UUID]) -> int:
    rows = AgentRun.objects.filter(pk__in=keys, project_id=project_id).select_related("version").defer("version__spec")
    # In the order of their keys, so that two acts on the same runs never wait for each other in a ring.
    return _VERBS[verb](actor, list(rows.order_by("pk")))


def _rerun(actor: Actor, agent_runs: Sequence[AgentRun]) -> int:
    made = 0
    for agent_run in agent_runs:
        if agent_run.status not in _ENDED:
            continue
        with suppress(DomainError):
            agent_run_rerun(actor=actor, agent_run=agent_run)
            made += 1
    return made


def _regrade(actor: Actor, agent_runs: Sequence[AgentRun]) -> int:
    return regrades_ask(actor=actor, agent_runs=list(agent_runs))


def _cancel(actor: Actor, agent_runs: Sequence[AgentRun]) -> int:
    keys = [run.run_id for run in agent_runs if run.status not in _ENDED]
    return runs_cancel(actor=actor, runs=list(Run.objects.filter(pk__in=keys).order_by("pk")))


_VERBS: Mapping[BulkVerb, Callable[[Actor, Sequence[AgentRun]], int]] = {
    BulkVerb.RERUN: _rerun,
    BulkVerb.REGRADE: _regrade,
    BulkVerb.CANCEL: _cancel,
}
