import uuid

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Ok


class TriggerStep:
    """Where a run begins. Its output is the run's input."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Ok:  # noqa: ARG002  # it has no configuration
        return Ok(state["input"])

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # nothing to get wrong
        return []
