import uuid
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from console.errors import Problem
from orchestration.durations import Duration, duration_ms
from orchestration.expressions import evaluate
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Again, Answer, Due, Ok, StepContext, Suspend, Waiting
from orchestration.steps.configured import Settings, rule_problems, settings_of
from orchestration.steps.effects import EffectNode, NodeFailed
from orchestration.steps.tool import ToolId
from orchestration.steps.tool_calls import call_tool, tool_problems

MOST_ITERATIONS = 1_000


class PollSettings(Settings):
    """`exit_condition` is a JSON Logic rule over the state, the mapped input, `response` and `attempt` (from 1)."""

    tool_id: ToolId
    exit_condition: JsonValue
    interval: Duration
    max_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS)] = 10
    fail_on_timeout: bool = False


class PollStep(EffectNode):
    """Calls a tool again and again until its answer meets a condition. It holds no worker in between."""

    settings: ClassVar[type[Settings]] = PollSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(PollSettings, context.node)
        attempt = _count(context.memo) + 1
        response = call_tool(context, settings.tool_id, given, attempt)
        data = {**context.input, **given, "response": response, "attempt": attempt}
        is_met = bool(evaluate({"!!": [settings.exit_condition]}, data))
        if not is_met and attempt < settings.max_iterations:
            wait: JsonObject = {"type": "poll", "attempt": attempt, "max_iterations": settings.max_iterations}
            return Suspend(wait, due_ms=duration_ms(settings.interval))
        if not is_met and settings.fail_on_timeout:
            raise NodeFailed(
                "ORCHESTRATION_POLL_EXHAUSTED", f"The condition was not met after {attempt} calls of the tool.",
                details={"attempts": attempt},
            )  # fmt: skip
        return Ok({"result": response, "attempts": attempt, "conditionMet": is_met, "timedOut": not is_met})

    def woken(self, waiting: Waiting) -> Answer | Again:
        if not isinstance(waiting.wake, Due):
            raise ValueError("This step waits for its next call.")  # noqa: TRY004  # not a wrong type of ours
        return Again()

    def own_problems(self, node: Node) -> list[Problem]:
        return super().own_problems(node) or rule_problems(node, "exit_condition")

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return tool_problems(settings_of(PollSettings, node).tool_id, organization_id)


def _count(memo: JsonObject | None) -> int:
    count = (memo or {}).get("attempt", 0)
    return count if isinstance(count, int) else 0
