from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Ok


class TriggerStep:
    """Where a run begins. Its output is the run's input."""

    is_pure = True

    def evaluate(self, node: Node, state: JsonObject) -> Ok:  # noqa: ARG002  # it has no configuration
        return Ok(state["input"])
