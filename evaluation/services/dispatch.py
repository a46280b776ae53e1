import uuid

from django.db import transaction

from agents.errors import AgentNotPublished
from agents.models import Agent, AgentRun, AgentVersion
from agents.services.runs import AgentRunSeed, agent_runs_create
from console import audit
from console.access import Actor, Permission, require
from console.ids import from_public, new_id
from evaluation.models import SeededTask
from evaluation.seeding.envelope import envelope
from orchestration.models import Run, Trigger
from orchestration.services.runs import Rerun, latest_version, run_start
from orchestration.steps.base import StepContext


def agent_run_of(context: StepContext) -> AgentRun:
    """Return the agent run that a step stands for, made now if the run was not started with one."""
    rows = AgentRun.objects.select_related("agent", "version")
    found: AgentRun | None = rows.filter(run_id=context.run_id, node_id=context.node.id).first()
    if found is None:
        agent = Agent.objects.select_related("latest").get(pk=_agent_key(context.node.config["agent_id"]))
        run = Run.objects.get(pk=context.run_id)
        found = rows.get(pk=_create(run, context.node.id, _newest_version(agent)))
    return found


@transaction.atomic
def agent_run_rerun(*, actor: Actor, agent_run: AgentRun, newest: bool = False) -> AgentRun:
    """Do an agent run again on the same input, with its own versions of pipeline and agent or the newest of both.

    The earlier run stays as it is; its task points to the new one.
    """
    require(actor, Permission.RUN, project_id=agent_run.project_id)
    run = Run.objects.select_related("version__pipeline", "pipeline__latest").get(pk=agent_run.run_id)
    version = latest_version(run.pipeline) if newest else run.version
    agent_version = _newest_version(agent_run.agent) if newest else agent_run.version
    started = run_start(
        actor=actor, version=version, run_input=run.input, title=run.title, trigger=Trigger.RERUN, rerun=Rerun(run)
    )
    key = _create(started, agent_run.node_id, agent_version, of=agent_run)
    if agent_run.task_id is not None:
        SeededTask.objects.filter(pk=agent_run.task_id).update(run=started, agent_run=key)
    made: AgentRun = AgentRun.objects.select_related("agent", "version").get(pk=key)
    audit.record(actor=actor, action="run.rerun", target=made, after={"of": agent_run.public_id, "newest": newest})
    return made


def _agent_key(public_id: object) -> uuid.UUID:
    key = from_public("agt", str(public_id))
    if key is None:
        raise AgentNotPublished(f"{public_id!r} names no agent.")
    return key


def _newest_version(agent: Agent) -> AgentVersion:
    if agent.latest is None or agent.archived_at is not None:
        raise AgentNotPublished(f"{agent.name} can't be dispatched any more.")
    return agent.latest


def _create(run: Run, node_id: str, version: AgentVersion, *, of: AgentRun | None = None) -> uuid.UUID:
    """Create a queued agent run; one made anew `of` another stands for the same task."""
    key = new_id()
    seed = AgentRunSeed(key, run.pk, node_id, of.task_id if of else None, envelope(run.input))
    agent_runs_create(
        version=version, project_id=run.project_id, pipeline_id=run.pipeline_id,
        dataset_id=of.dataset_id if of else None, seeds=[seed],
    )  # fmt: skip
    return key
