"""Grading again: asked for in a request, done by a worker, and not lost if that worker is."""

import logging
import uuid
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from agents.llm.catalogue import resolve_judge
from agents.models import AgentRun, AgentRunStatus
from agents.services.progress import Superseded
from console import audit
from console.access import Actor, Permission, require
from console.errors import DomainError
from evaluation.errors import JudgeUnresolved, NotGradable
from evaluation.material import material_of
from evaluation.services.verdicts import regrade
from orchestration import transitions
from orchestration.events import Event, EventKind

log = logging.getLogger(__name__)

#: How long a worker may take before another is asked.
LEASE = timedelta(minutes=15)


@transaction.atomic
def regrade_ask(*, actor: Actor, agent_run: AgentRun) -> None:
    """Have a finished run graded again, by its own rubric and the judge of today. Earlier verdicts are kept.

    Raises NotGradable for a run without a result and JudgeUnresolved where there is no judge.
    """
    require(actor, Permission.RUN, project_id=agent_run.project_id)
    if agent_run.status != AgentRunStatus.COMPLETED:
        raise NotGradable("Only a run that has completed has a result to grade.")
    config, _, _ = material_of(agent_run)
    if resolve_judge(agent_run.organization_id, config.judge_model) is None:
        raise JudgeUnresolved(
            "No judge model is resolvable for the run. Pick one on the field's Models popover or set the org default."
        )
    _tell(agent_run, state="asked", by=actor.label)
    AgentRun.objects.filter(pk=agent_run.pk).update(regrade_by=actor.label, regrade_until=None)
    # The verdict's own entry names Callboard, which grades later; whose wish it was stands here.
    audit.record(actor=actor, action="agent_run.regrade_ask", target=agent_run)
    transaction.on_commit(lambda: _wake(agent_run.pk))


def regrades_ask(*, actor: Actor, agent_runs: list[AgentRun]) -> int:
    """Have those of `agent_runs` graded again that can be; return how many."""
    asked = 0
    for agent_run in agent_runs:
        try:
            regrade_ask(actor=actor, agent_run=agent_run)
        except (NotGradable, JudgeUnresolved):
            continue
        asked += 1
    return asked


def carry_out(agent_run_id: uuid.UUID) -> None:
    """Do a regrade that was asked for, unless somebody else is at it or it was done."""
    now = timezone.now()
    free = Q(regrade_until=None) | Q(regrade_until__lt=now)
    wanted = AgentRun.objects.filter(free, pk=agent_run_id).exclude(regrade_by="")
    if not wanted.update(regrade_until=now + LEASE):
        return
    agent_run = AgentRun.objects.select_related("agent", "version").get(pk=agent_run_id)
    try:
        actor = Actor.platform(agent_run.organization_id, label=agent_run.regrade_by)
        regrade(actor=actor, agent_run=agent_run)
    except (DomainError, Superseded) as error:
        log.warning("agent run %s was not graded again: %s", agent_run_id, error)
        _give_up(agent_run, str(error))


def resume_lost() -> None:
    """Ask again for regrades whose message or worker was lost."""
    free = Q(regrade_until=None) | Q(regrade_until__lt=timezone.now())
    for agent_run_id in AgentRun.objects.filter(free).exclude(regrade_by="").values_list("pk", flat=True)[:100]:
        _wake(agent_run_id)


@transaction.atomic
def _give_up(agent_run: AgentRun, reason: str) -> None:
    _tell(agent_run, state="given_up", by=agent_run.regrade_by, reason=reason)
    AgentRun.objects.filter(pk=agent_run.pk).update(regrade_by="", regrade_until=None)


def _tell(agent_run: AgentRun, **data: str) -> None:
    transitions.append(agent_run.run_id, [Event(EventKind.AGENT_REGRADE, {"agent_run": agent_run.public_id, **data})])


def _wake(agent_run_id: uuid.UUID) -> None:
    try:
        current_app.send_task("evaluation.regrade", args=[str(agent_run_id)], queue="agents")
    except (OperationalError, OSError) as error:
        log.warning("a worker could not be told to grade %s again: %s", agent_run_id, error)
