"""The step behind an agent field: run an agent, then grade it."""

import uuid
from functools import partial

from agents import runner
from agents.errors import AgentRunFailed, FailureCode
from agents.llm.catalogue import ModelRef, resolve_judge
from agents.models import AgentRun, AgentRunStatus
from agents.phases import Phase
from agents.runner import Attempt
from agents.services import progress
from console.errors import Problem
from console.ids import from_public
from evaluation.field import AgentFieldConfig, parse_field
from evaluation.field import problems as field_problems
from evaluation.services.dispatch import agent_run_of
from evaluation.services.verdicts import grade_run
from orchestration.agent_attempt import attempted
from orchestration.graph import Node
from orchestration.steps.base import Answer, Failed, Ok, StepContext, StepError

#: What may be better at the next try, where the node's policy grants one.
_RETRYABLE = frozenset({FailureCode.SANDBOX_FAILED, FailureCode.INTERNAL_ERROR})


class AgentFieldStep:
    """Dispatches the field's agent on the run's input and has the answer judged.

    It may be tried several times: what an earlier attempt has stored (the agent's work, a verdict) is not done again.
    """

    is_pure = False
    queue = "agents"

    def agent_id(self, node: Node) -> uuid.UUID | None:
        return from_public("agt", str(node.config.get("agent_id", "")))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return field_problems(node.config, organization_id)

    def perform(self, context: StepContext) -> Answer:
        try:
            agent_run = agent_run_of(context)
            if agent_run.status in {AgentRunStatus.COMPLETED, AgentRunStatus.FAILED}:
                return _answer(agent_run)
            agent_run = progress.take(agent_run, attempt=context.attempt)
            return _answer(attempted(context, agent_run, partial(_carry_out, context.node)))
        except progress.Superseded:
            return Failed(StepError("superseded", "The run is no longer wanted."), is_retryable=False)


def _carry_out(node: Node, attempt: Attempt) -> None:
    agent_run, config = attempt.agent_run, parse_field(node.config)
    with attempt.phases.phase(Phase.RESOLVE):
        judge = _judge(agent_run, config)
        prepared = None if agent_run.collected_at else runner.prepare(attempt)
    if prepared is not None:
        runner.carry_out(attempt, prepared)
    if not agent_run.verdict:
        with attempt.phases.phase(Phase.GRADE):
            verdict = grade_run(agent_run=agent_run, config=config, judge=judge, stop=attempt.stop)
        attempt.emit("agent.verdict", {"verdict": verdict.verdict, "model": verdict.model})


def _judge(agent_run: AgentRun, config: AgentFieldConfig) -> ModelRef:
    """Return who judges; raise AgentRunFailed, before any sandbox, where nobody does."""
    judge = resolve_judge(agent_run.organization_id, config.judge_model)
    if judge is None:
        detail = f"The field names {config.judge_model!r}." if config.judge_model.strip() else ""
        raise AgentRunFailed(FailureCode.AGENT_MODEL_UNRESOLVED, detail)
    return judge


def _answer(agent_run: AgentRun) -> Answer:
    if agent_run.status == AgentRunStatus.FAILED:
        error = agent_run.error or {}
        code = str(error.get("code", FailureCode.INTERNAL_ERROR))
        message = " ".join(filter(None, [str(error.get("message", "")), str(error.get("detail", ""))]))
        return Failed(StepError(code, message, {"agent_run": agent_run.public_id}), is_retryable=code in _RETRYABLE)
    return Ok(
        {
            "agent_run": agent_run.public_id,
            "final_response": agent_run.final_response,
            "verdict": agent_run.verdict,
        }
    )
