"""Has a registered agent do a step's work, as an agent run of its own: code in a sandbox, a prompt by its model.

It may be tried several times: what an earlier attempt has stored is not done again, unless it failed.
"""

import uuid
from collections.abc import Callable

from agents import runner
from agents.errors import FailureCode, WorkFailed
from agents.models import Agent, AgentRun, AgentRunStatus
from agents.phases import Phase
from agents.runner import Attempt
from agents.services import progress
from agents.services.runs import AgentRunSeed, agent_runs_create
from console.ids import from_public, new_id
from orchestration.agent_attempt import attempted
from orchestration.graph import JsonObject
from orchestration.models import StepRun
from orchestration.steps.base import StepContext

#: What may be better at the next try, where the node's policy grants one.
_RETRYABLE = frozenset({FailureCode.SANDBOX_FAILED, FailureCode.INTERNAL_ERROR, FailureCode.MODEL_CALL_FAILED})


def published_agent(agent_id: str, organization_id: uuid.UUID) -> Agent:
    """Return the agent of a public id with its latest version; raise WorkFailed where none can be dispatched."""
    key = from_public(Agent.ID_PREFIX, agent_id)
    rows = Agent.objects.filter(organization_id=organization_id, archived_at=None).select_related("latest")
    agent: Agent | None = None if key is None else rows.filter(pk=key).first()
    if agent is None:
        raise WorkFailed("agent_not_found", f"There is no agent {agent_id!r} here. Choose another.")
    if agent.latest is None:
        raise WorkFailed("agent_not_published", f"The agent {agent.name} is a draft. Publish it.")
    return agent


def work_of(
    context: StepContext, agent: Agent, task_input: JsonObject, *, fits: Callable[[str], bool] | None = None
) -> AgentRun:
    """Return the run in which the agent did what `task_input` says; raise WorkFailed where it came to nothing.

    `task_input["user_instruction"]` is what it is asked. An exception of the agent's own is a failure, too. An answer
    that does not fit is returned all the same, and asked for anew when the step is tried again.
    """
    try:
        agent_run = _agent_run(context, agent, task_input, fits)
        if agent_run.status not in {AgentRunStatus.COMPLETED, AgentRunStatus.FAILED}:
            agent_run = attempted(context, progress.take(agent_run, attempt=context.attempt), _carry_out)
    except progress.Superseded as superseded:
        raise WorkFailed("superseded", "The run is no longer wanted.") from superseded
    _raise_failure(agent_run)
    return agent_run


def _agent_run(
    context: StepContext, agent: Agent, task_input: JsonObject, fits: Callable[[str], bool] | None
) -> AgentRun:
    """Return the agent run that the step stands for: the newest one, or one made now."""
    rows = AgentRun.objects.select_related("agent", "version").filter(run_id=context.run_id, node_id=context.node.id)
    if context.generation:
        rows = rows.filter(pk__gt=_first_attempt(context))
    newest: AgentRun | None = rows.order_by("-pk").first()
    if newest is None or (newest.attempt < context.attempt and _is_of_no_use(newest, fits)):
        newest = rows.get(pk=_create(context, agent, task_input))
    return newest


def _first_attempt(context: StepContext) -> uuid.UUID:
    """Return the step's first attempt since the run was sent back: keys sort by time."""
    attempts = StepRun.objects.filter(
        run_id=context.run_id, node_id=context.node.id, generation=context.generation
    ).order_by("attempt")
    first: uuid.UUID = attempts.values_list("pk", flat=True)[0]
    return first


def _has_failed(agent_run: AgentRun) -> bool:
    return agent_run.status == AgentRunStatus.FAILED or agent_run.exception is not None


def _is_of_no_use(agent_run: AgentRun, fits: Callable[[str], bool] | None) -> bool:
    if agent_run.status != AgentRunStatus.COMPLETED or agent_run.exception is not None:
        return _has_failed(agent_run)
    return fits is not None and not fits(agent_run.final_response or "")


def _create(context: StepContext, agent: Agent, task_input: JsonObject) -> uuid.UUID:
    if agent.latest is None:
        raise WorkFailed("agent_not_published", f"The agent {agent.name} is a draft. Publish it.")
    key = new_id()
    agent_runs_create(
        version=agent.latest, project_id=context.project_id, pipeline_id=context.pipeline_id, dataset_id=None,
        seeds=[AgentRunSeed(key, context.run_id, context.node.id, None, task_input)],
    )  # fmt: skip
    return key


def _carry_out(attempt: Attempt) -> None:
    if attempt.agent_run.collected_at is not None:
        return
    with attempt.phases.phase(Phase.RESOLVE):
        prepared = runner.prepare(attempt)
    runner.carry_out(attempt, prepared)


def _raise_failure(agent_run: AgentRun) -> None:
    details: JsonObject = {"agent_run": agent_run.public_id}
    if agent_run.status == AgentRunStatus.FAILED:
        error = agent_run.error or {}
        code = str(error.get("code", FailureCode.INTERNAL_ERROR))
        message = " ".join(filter(None, [str(error.get("message", "")), str(error.get("detail", ""))]))
        raise WorkFailed(code, message, is_retryable=code in _RETRYABLE, details=details)
    if agent_run.exception is not None:
        exception = agent_run.exception
        message = f"The agent {agent_run.agent.name} raised {exception['type']}: {exception['message']}"
        raise WorkFailed("agent_exception", message, is_retryable=True, details=details)
