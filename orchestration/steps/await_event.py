import uuid
from dataclasses import replace

from agents.errors import WorkFailed
from console.errors import Problem
from orchestration import templates
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Arrived, Due, EventKey, Failed, Ok, StepError, Suspend, Waiting
from orchestration.steps.pipeline_step import ensure_input, failed, fitting, required, text_setting

LONGEST_KEY = 255


class AwaitEventStep:
    """Waits until an event of its name and correlation key arrives, each once. Its output is the event's payload.

    The key may have placeholders, so that each run waits for its own: `pr-{{number}}`.
    """

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        ensure_input(node, state)
        key = templates.render(text_setting(node, "correlationKey"), state)
        if len(key) > LONGEST_KEY:
            raise ValueError(f"The correlation key is longer than {LONGEST_KEY} characters.")
        event = EventKey(text_setting(node, "event"), key)
        due_ms = node.timeout_seconds * 1_000 if node.timeout_seconds else None
        return Suspend({"type": "event", "name": event.name, "key": event.key}, due_ms=due_ms, event=event)

    def woken(self, waiting: Waiting) -> Answer:
        match waiting.wake:
            case Arrived(payload):
                try:
                    return Ok(fitting(waiting.node, payload))
                except WorkFailed as failure:
                    return replace(failed(failure), is_retryable=False)
            case Due():
                message = f"The event {waiting.waiting_for['name']} did not come in {waiting.node.timeout_seconds} s."
                return Failed(StepError("step_timeout", message), is_retryable=False)
            case _:
                raise ValueError("This step waits for an event.")

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # an event is the same for all
        found = list(required(node, "event", "Name the event that this step waits for."))
        if len(text_setting(node, "event")) > LONGEST_KEY:
            found.append(Problem(f"Use at most {LONGEST_KEY} characters.", "event"))
        if problem := templates.problem(text_setting(node, "correlationKey")):
            found.append(Problem(problem, "correlationKey"))
        return found
