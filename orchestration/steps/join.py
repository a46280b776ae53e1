import uuid

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Ok


class JoinStep:
    """Where branches come together. It does nothing itself; its edges say what it waits for."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Ok:  # noqa: ARG002  # it only waits
        return Ok()

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # nothing to get wrong
        return []
