"""Kinds of step that only benchmarks have."""

import uuid

from console.errors import Problem
from orchestration.graph import Node
from orchestration.steps.base import Answer, Ok, StepContext


class NothingStep:
    """A step with effects, as far as the engine knows: it goes through claim, lease and commit, and does nothing."""

    is_pure = False
    queue = "control"

    def agent_id(self, node: Node) -> uuid.UUID | None:  # noqa: ARG002  # no agent
        return None

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # none
        return []

    def perform(self, context: StepContext) -> Answer:
        return Ok({"step": context.node.id})
