"""Events from outside, which wake the steps that wait for them."""

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.api.auth import ApiRequest
from orchestration.services.events import event_receive

router = Router(tags=["Events"])


class EventIn(Schema):
    """Something that happened. It reaches the steps of the token's project that wait for this name and key."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"name": "deployment.finished", "key": "pr-42", "payload": {"ok": True}, "idempotency_key": "a1"}
        },
    )

    name: str
    key: str = Field(default="", description="the correlation key that the step waits for")
    payload: JsonValue = Field(default=None, description="what becomes the step's output")
    idempotency_key: str = Field(default="", description="the same one again is the same event, and does nothing")


class EventOut(Schema):
    id: str
    delivered: int = Field(description="steps that it has woken")
    kept: bool = Field(description="whether it waits for a step that begins to wait for it later")
    repeated: bool = Field(description="whether its idempotency key was known already")


@router.post("", response={202: EventOut}, summary="Tell of an event")
def create(request: ApiRequest, data: EventIn) -> Status[EventOut]:
    receipt = event_receive(
        actor=request.auth.actor, project=request.auth.project, name=data.name, key=data.key, payload=data.payload,
        idempotency_key=data.idempotency_key,
    )  # fmt: skip
    out = EventOut(
        id=receipt.event.public_id, delivered=receipt.delivered, kept=receipt.delivered == 0,
        repeated=receipt.is_repeated,
    )  # fmt: skip
    return Status(202, out)
