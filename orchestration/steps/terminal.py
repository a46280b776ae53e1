import uuid

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Terminal
from orchestration.steps.pipeline_step import inputs_of


class TerminalStep:
    """Ends the whole run, well: nothing else starts. Its output is what stands under its input keys."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Terminal:
        return Terminal(inputs_of(node, state))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # nothing to get wrong
        return []
