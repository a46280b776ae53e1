import uuid

from console.errors import Problem
from orchestration.expressions import check, evaluate
from orchestration.fold import step_input
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Ok


class TransformStep:
    """Computes a value from the state by the JSON Logic rule under `expression`."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Ok:
        return Ok(evaluate(node.config.get("expression"), step_input(node, state)))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # a rule is the same for all
        return [Problem(message, "expression") for message in check(node.config.get("expression"))]
