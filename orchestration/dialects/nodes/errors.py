"""What can go wrong with an orchestration or a run of one, under the codes that programs know them by."""

from console.errors import Conflict, DomainError, ErrorKind, Invalid, NotFound
from orchestration.errors import PipelineInvalid


class OrchestrationNotFound(NotFound):
    code = "ORCHESTRATION_NOT_FOUND"


class OrchestrationRunNotFound(NotFound):
    code = "ORCHESTRATION_RUN_NOT_FOUND"


class OrchestrationInvalid(PipelineInvalid):
    code = "ORCHESTRATION_VALIDATION_FAILED"


class RunInputRefused(Invalid):
    """The input does not fit the schema of the input or of the state."""

    code = "ORCHESTRATION_INPUT_INVALID"


class RunNotPaused(Conflict):
    code = "ORCHESTRATION_RUN_NOT_PAUSED"


class RunNotCancellable(Conflict):
    code = "ORCHESTRATION_RUN_NOT_CANCELLABLE"


class HumanNodeMismatch(DomainError):
    """The run waits, but not for an answer to this node."""

    code = "ORCHESTRATION_HUMAN_NODE_MISMATCH"
    kind = ErrorKind.MISPLACED


class HumanInputInvalid(Invalid):
    """The answer names no node, or is no object."""

    code = "VALIDATION_FAILED"
    kind = ErrorKind.MISPLACED
