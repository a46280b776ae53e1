"""What can go wrong with a pipeline or a run, as far as somebody is told of it."""

from console.errors import Conflict, DomainError, ErrorKind, Invalid


class PipelineInvalid(Invalid):
    code = "pipeline_invalid"


class PipelineNotPublished(Conflict):
    code = "pipeline_not_published"


class PipelineNameTaken(Conflict):
    code = "name_taken"


class RunFinished(Conflict):
    """The run has ended, so what was asked of it can't be done any more."""

    code = "run_finished"


class StepNotWaiting(Conflict):
    code = "step_not_waiting"


class AnswerRefused(Invalid):
    """The step waits, but not for such an answer; the message says for what."""

    code = "answer_refused"


class EventInvalid(Invalid):
    code = "event_invalid"


class AlreadyDecided(Conflict):
    """Somebody else was quicker; the message says who and what."""

    code = "already_decided"


class RunInputInvalid(Invalid):
    code = "run_input_invalid"


class PresetReadOnly(Conflict):
    code = "preset_read_only"


class UnknownNode(Invalid):
    code = "unknown_step"


class UnknownKind(DomainError):
    """A registry was asked for a name it does not hold; the message lists those it does."""

    code = "unknown_kind"
    kind = ErrorKind.INVALID


class LeaseLost(Exception):  # it is news to the worker, not an error of anybody
    """The attempt this worker carried out is no longer its own: it was cancelled, or given to another."""
