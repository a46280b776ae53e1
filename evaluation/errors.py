"""What can go wrong with seeding and grading, as far as somebody is told of it."""

from console.errors import Conflict, Invalid


class FieldInvalid(Invalid):
    """The settings of an agent field can't be used."""

    code = "agent_field_invalid"


class NotGradable(Conflict):
    """The run has no result to grade: it has not ended, or it broke before the agent had a say."""

    code = "not_gradable"


class JudgeUnresolved(Conflict):
    """Neither the field nor the organization names a judge that can be used."""

    code = "agent_model_unresolved"
