"""The kinds of step: a name and where its class is. A new kind is a file and a line here."""

import functools
from typing import cast

from django.utils.module_loading import import_string

from orchestration.errors import UnknownKind
from orchestration.steps.base import Answer, Answered, EffectStep, Ok, PureStep, Step, SuspendingStep, Waiting

STEP_KINDS = {
    "trigger": "orchestration.steps.trigger.TriggerStep",
    "transform": "orchestration.steps.transform.TransformStep",
    "condition": "orchestration.steps.condition.ConditionStep",
    "join": "orchestration.steps.join.JoinStep",
    "agent": "orchestration.steps.agent.AgentStep",
    "tool": "orchestration.steps.tool.ToolStep",
    "knowledge": "orchestration.steps.knowledge.KnowledgeStep",
    "memory_write": "orchestration.steps.memory_write.MemoryWriteStep",
    "human": "orchestration.steps.human.HumanStep",
    "delay": "orchestration.steps.delay.DelayStep",
    "poll": "orchestration.steps.poll.PollStep",
    "loop": "orchestration.steps.loop.LoopStep",
    "sub_orchestration": "orchestration.steps.sub_orchestration.SubOrchestrationStep",
    "approval": "orchestration.steps.approval.ApprovalStep",
    "emit_event": "orchestration.steps.emit_event.EmitEventStep",
    "wait_event": "orchestration.steps.wait_event.WaitEventStep",
    "stage": "orchestration.steps.stage.StageStep",
    "qa": "orchestration.steps.qa.QaStep",
    "gate": "orchestration.steps.gate.GateStep",
    "prompt_agent": "orchestration.steps.prompt_agent.PromptAgentStep",
    "bash_script": "orchestration.steps.bash_script.BashScriptStep",
    "dispatch_reviewers": "orchestration.steps.dispatch_reviewers.DispatchReviewersStep",
    "router": "orchestration.steps.router.RouterStep",
    "sub_pipeline": "orchestration.steps.sub_pipeline.SubPipelineStep",
    "await_event": "orchestration.steps.await_event.AwaitEventStep",
    "terminal": "orchestration.steps.terminal.TerminalStep",
    "agent_field": "evaluation.steps.agent_field.AgentFieldStep",
}


@functools.cache
def step_kind(name: str) -> Step:
    """Return the kind of a name; raise UnknownKind with the names there are."""
    try:
        path = STEP_KINDS[name]
    except KeyError as error:
        known = ", ".join(sorted(STEP_KINDS))
        raise UnknownKind(f"There is no kind of step {name!r}. Use one of: {known}.") from error
    return cast("Step", import_string(path)())


def as_pure(kind: Step) -> PureStep | None:
    return cast("PureStep", kind) if kind.is_pure else None


def as_suspending(kind: Step) -> SuspendingStep:
    """Return a kind as one that can be woken; one that says nothing of it takes any answer for its output."""
    return cast("SuspendingStep", kind) if hasattr(kind, "woken") else _TAKES_ANY_ANSWER


class _TakesAnyAnswer:
    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Answered):
            raise ValueError("The step was woken by something it does not wait for.")  # noqa: TRY004  # not a wrong type of ours
        return Ok(waiting.wake.output)


_TAKES_ANY_ANSWER = _TakesAnyAnswer()


def as_effect(kind: Step) -> EffectStep:
    return cast("EffectStep", kind)
