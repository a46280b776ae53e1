import uuid

from console.errors import Problem
from orchestration.dialects.stages.shapes import GateDecision
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Answered, Due, Route, Stop, Suspend, Waiting
from orchestration.steps.decision import ON_TIME, decision_in
from orchestration.steps.people import unknown_people


class GateStep:
    """Waits for a person to approve what was done so far, to skip the next stage, or to stop the run.

    With a timeout the default decision is taken when it is over. Its output is who decided what and why.
    """

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:  # noqa: ARG002  # it asks the same whatever came before
        config = node.config
        seconds = config.get("timeoutSeconds")
        asked: JsonObject = {
            "type": "approval",
            "stage": config.get("stage"),
            "next": config.get("next"),
            "index": config.get("index"),
            "options": config.get("options"),
            "approvers": config.get("approvers"),
            "role": config.get("role"),
            "timeout_seconds": seconds,
            "default_decision": config.get("defaultDecision") if seconds else None,
        }
        return Suspend(asked, due_ms=int(seconds) * 1_000 if isinstance(seconds, int) else None)

    def woken(self, waiting: Waiting) -> Answer:
        match waiting.wake:
            case Answered(output, by):
                decided = decision_in(output, waiting.waiting_for)
                return _answer(decided, str(output.get("comment", "")), by)
            case Due():
                decided = str(waiting.waiting_for.get("default_decision") or GateDecision.STOP)
                return _answer(decided, "", ON_TIME, is_timeout=True)
            case _:
                raise ValueError("A gate waits for a decision and for nothing else.")

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return unknown_people(node, organization_id)


def _answer(decision: str, comment: str, by: str, *, is_timeout: bool = False) -> Answer:
    output: JsonObject = {"decision": decision, "comment": comment, "by": by, "timed_out": is_timeout}
    return Stop(by, output) if decision == GateDecision.STOP else Route(decision, output)
