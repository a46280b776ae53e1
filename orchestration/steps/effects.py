"""What the kinds of the nodes dialect with effects share."""

import uuid

from agents.errors import WorkFailed
from console.ids import to_public
from orchestration.expressions import BadExpression
from orchestration.graph import JsonObject, Node
from orchestration.models import Run
from orchestration.steps.base import Answer, Failed, Ok, Route, StepContext, StepError
from orchestration.steps.configured import ConfiguredStep, DoesNotFit, ensure_fits, mapped_input


class NodeFailed(WorkFailed):
    """The step can't do what it is for."""


class EffectNode(ConfiguredStep):
    """A kind that does something in the world. It says in `work` what, and raises WorkFailed where it can't."""

    is_pure = False
    queue = "control"

    def agent_id(self, node: Node) -> uuid.UUID | None:  # noqa: ARG002  # most have no agent
        return None

    def perform(self, context: StepContext) -> Answer:
        try:
            answer = self.work(context, mapped_input(context.node, context.input))
            if isinstance(answer, Ok | Route):
                ensure_fits(context.node, answer.output)
        except WorkFailed as failure:
            error = StepError(failure.code, failure.message, failure.details)
            return Failed(error, is_retryable=failure.is_retryable)
        except DoesNotFit as error:
            return Failed(StepError("state_mismatch", str(error)))
        except BadExpression as error:
            return Failed(StepError("step_failed", str(error)), is_retryable=False)
        return answer

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        """Do it with the input that the mapping gives."""
        raise NotImplementedError


def idempotency_key(context: StepContext, *more: int) -> str:
    """Return a key that names this attempt, for receivers that can tell a repeat by it: `run:node:attempt`."""
    return ":".join(map(str, (to_public(Run.ID_PREFIX, context.run_id), context.node.id, context.attempt, *more)))
