import uuid
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from console.errors import Problem
from orchestration.durations import Duration, duration_ms
from orchestration.graph import JsonObject, Node
from orchestration.steps.asking import AskingSettings
from orchestration.steps.base import Again, Answer, Answered, Due, Route, StepContext, Suspend, Waiting
from orchestration.steps.configured import Settings, settings_of
from orchestration.steps.effects import EffectNode
from orchestration.steps.people import unknown_people
from orchestration.steps.tool import ToolId
from orchestration.steps.tool_calls import call_tool, tool_problems


class Decision(StrEnum):
    """What became of a request. It is the label of the edges that are taken."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ApprovalSettings(AskingSettings):
    tool_id: ToolId
    prompt: str = "Approve this call?"
    expires_in: Duration = "24h"


class DecisionShape(BaseModel):
    """How a person answers. `edited_args` stand in the place of the call's arguments."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    decision: Decision
    reason: str = ""
    edited_args: dict[str, JsonValue] | None = None


class ApprovalStep(EffectNode):
    """Calls a tool once a person has approved of the call, with its arguments or edited ones.

    Its output is `{"decision", "approvalId", "resolvedBy", "reason", "result", "editedArgs"}`.
    """

    settings: ClassVar[type[Settings]] = ApprovalSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(ApprovalSettings, context.node)
        decided = (context.memo or {}).get("decided")
        if not isinstance(decided, dict):
            return _ask(context, settings, given)
        edited = decided["editedArgs"]
        result = call_tool(context, settings.tool_id, edited if isinstance(edited, dict) else given)
        return Route(Decision.APPROVED, {**decided, "result": result})

    def woken(self, waiting: Waiting) -> Answer | Again:
        match waiting.wake:
            case Answered(output, by):
                return _decided(waiting, _read(output), by)
            case Due() if "decided" in waiting.waiting_for:
                return Again()
            case Due():
                return Route(Decision.EXPIRED, _record(waiting, Decision.EXPIRED))
            case _:
                raise ValueError("This step waits for a decision.")

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        tool_id = settings_of(ApprovalSettings, node).tool_id
        return [*tool_problems(tool_id, organization_id), *unknown_people(node, organization_id)]


def _ask(context: StepContext, settings: ApprovalSettings, given: JsonObject) -> Answer:
    question: JsonObject = {
        "type": "approval", "approval_id": str(context.step_id), "prompt": settings.prompt,
        "tool_id": settings.tool_id, "context": given, "options": [Decision.APPROVED, Decision.REJECTED],
        **settings.who,
    }  # fmt: skip
    return Suspend(question, due_ms=duration_ms(settings.expires_in))


def _read(output: JsonObject) -> DecisionShape:
    try:
        shape = DecisionShape.model_validate(output)
    except ValidationError as error:
        raise ValueError('Answer {"decision": "approved" or "rejected", "reason"?, "edited_args"?}.') from error
    if shape.decision is Decision.EXPIRED:
        raise ValueError("Decide between approved and rejected.")
    return shape


def _decided(waiting: Waiting, shape: DecisionShape, by: str) -> Answer:
    if "decided" in waiting.waiting_for:
        raise ValueError("This was decided already.")
    record = _record(waiting, shape.decision, by=by, reason=shape.reason, edited=shape.edited_args)
    if shape.decision is Decision.REJECTED:
        return Route(Decision.REJECTED, record)
    # The call itself is a worker's: it is woken at once, with the decision as what it waited for.
    return Suspend({"type": "poll", "decided": record}, due_ms=0)


def _record(
    waiting: Waiting, decision: Decision, *, by: str = "", reason: str = "", edited: JsonValue = None
) -> JsonObject:
    return {
        "decision": decision, "approvalId": waiting.waiting_for["approval_id"], "resolvedBy": by or None,
        "reason": reason, "result": None, "editedArgs": edited,
    }  # fmt: skip
