import uuid

from console.errors import Problem
from orchestration.expressions import check, evaluate, label
from orchestration.fold import step_input
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Route


class ConditionStep:
    """Chooses a way: the value of the JSON Logic rule under `expression` is the label of the edges that are taken."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Route:
        value = evaluate(node.config.get("expression"), step_input(node, state))
        return Route(label(value), output=value)

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # a rule is the same for all
        return [Problem(message, "expression") for message in check(node.config.get("expression"))]
