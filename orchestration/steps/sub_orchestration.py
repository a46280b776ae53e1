import uuid
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.states import RunStatus
from orchestration.steps.base import Answer, Child, ChildrenEnded, Failed, Ok, StepContext, Suspend, Waiting
from orchestration.steps.configured import Settings, ensure_fits, settings_of
from orchestration.steps.effects import EffectNode
from orchestration.steps.nesting import child_error, nested, orchestration_problems, result_of

OrchestrationId = Annotated[str, StringConstraints(min_length=1)]


class SubOrchestrationSettings(Settings):
    orchestration_id: OrchestrationId


class SubOrchestrationStep(EffectNode):
    """Runs another orchestration with the mapped input. Its output is that of the child's last nodes, by their ids."""

    settings: ClassVar[type[Settings]] = SubOrchestrationSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        orchestration_id = settings_of(SubOrchestrationSettings, context.node).orchestration_id
        child = nested(context, orchestration_id)
        child.ensure_takes(given)
        wait: JsonObject = {"type": "children", "orchestration_id": orchestration_id, "terminals": child.terminals}
        title = context.node.name or context.node.id
        return Suspend(wait, children=(Child(child.version_id, given, title),))

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, ChildrenEnded):
            raise ValueError("This step waits for the orchestration that it started.")  # noqa: TRY004  # no type of ours
        if waiting.wake.live:
            return Suspend(waiting.waiting_for)
        (child,) = waiting.wake.children
        if child.status is not RunStatus.COMPLETED:
            return Failed(child_error(child, "child_failed", "The orchestration it started did not complete:"))
        output = result_of(child, waiting.waiting_for["terminals"])
        ensure_fits(waiting.node, output)
        return Ok(output)

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return orchestration_problems(settings_of(SubOrchestrationSettings, node).orchestration_id, organization_id)
