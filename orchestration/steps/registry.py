"""The kinds of step: a name and where its class is. A new kind is a file and a line here."""

import functools
from typing import cast

from django.utils.module_loading import import_string

from orchestration.errors import UnknownKind
from orchestration.steps.base import EffectStep, PureStep, Step

STEP_KINDS = {
    "trigger": "orchestration.steps.trigger.TriggerStep",
    "transform": "orchestration.steps.transform.TransformStep",
    "condition": "orchestration.steps.condition.ConditionStep",
    "join": "orchestration.steps.join.JoinStep",
    "agent_field": "evaluation.steps.agent_field.AgentFieldStep",
}


@functools.cache
def step_kind(name: str) -> Step:
    """Return the kind of a name; raise UnknownKind with the names there are."""
    try:
        path = STEP_KINDS[name]
    except KeyError as error:
        known = ", ".join(sorted(STEP_KINDS))
        raise UnknownKind(f"There is no kind of step {name!r}. Use one of: {known}.") from error
    return cast("Step", import_string(path)())


def as_pure(kind: Step) -> PureStep | None:
    return cast("PureStep", kind) if kind.is_pure else None


def as_effect(kind: Step) -> EffectStep:
    return cast("EffectStep", kind)
