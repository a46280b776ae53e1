import uuid

from pydantic import JsonValue

from console.errors import Problem
from orchestration import cel, expressions
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Route
from orchestration.steps.pipeline_step import ensure_input


class RouterStep:
    """Chooses the edges to follow: what its condition gives is their route key.

    A condition that is a text is a CEL expression, one that is an object a JSON Logic rule. Either is data that is
    evaluated under a budget. A key that no edge has ends every branch behind the router.
    """

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Route:
        ensure_input(node, state)
        condition = node.config.get("condition")
        value = (
            expressions.evaluate(condition, state) if isinstance(condition, dict) else cel.evaluate(condition, state)
        )
        return Route(_key(value), output=value)

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # a condition is the same for all
        condition = node.config.get("condition")
        found = expressions.check(condition) if isinstance(condition, dict) else cel.check(condition)
        return [Problem(message, "condition") for message in found]


def _key(value: JsonValue) -> str:
    if isinstance(value, dict | list):
        raise expressions.BadExpression(
            "The condition gives an object or a list. Let it give a text, number or boolean."
        )
    return expressions.label(value)
