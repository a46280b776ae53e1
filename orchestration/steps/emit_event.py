from typing import Annotated, ClassVar

from pydantic import StringConstraints

from console.access import Actor
from orchestration.errors import EventInvalid
from orchestration.graph import JsonObject
from orchestration.models import Run
from orchestration.services.events import event_receive
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.configured import Settings, settings_of
from orchestration.steps.effects import EffectNode, NodeFailed
from orchestration.steps.wait_event import EventName


class EmitEventSettings(Settings):
    """`key` is the event's correlation key; it may also come by the input mapping."""

    event_type: EventName
    key: Annotated[str, StringConstraints(max_length=255)] = ""


class EmitEventStep(EffectNode):
    """Tells an event, which wakes the steps of the project that wait for it. Its payload is the mapped input."""

    settings: ClassVar[type[Settings]] = EmitEventSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(EmitEventSettings, context.node)
        run = Run.objects.select_related("project").get(pk=context.run_id)
        key = given.pop("key", None)
        try:
            receipt = event_receive(
                actor=Actor.platform(context.organization_id), project=run.project, name=settings.event_type,
                key=settings.key if key is None else str(key), payload=given,
                idempotency_key=f"{context.idempotency_key}:{context.generation}",
            )  # fmt: skip
        except EventInvalid as error:
            raise NodeFailed(error.code, error.message) from error
        return Ok({"emitted": True, "eventType": settings.event_type, "delivered": receipt.delivered})
