"""What one is notified of, how one wants to be told, and where the organization is."""

from datetime import datetime

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.ids import to_public
from console.lists.paging import page
from console.models import Delivery, Notification, OutgoingWebhook
from console.notifications.reading import mark_read, notifications_for, unread_count
from console.notifications.settings import (
    choice_set,
    deliveries_for,
    wants_mail,
    webhook_of,
    webhook_remove,
    webhook_set,
    webhook_test,
)
from console.tenancy import by_public_id
from orchestration.models import Run

router = Router(tags=["Notifications"])

_HOOK: dict[str, JsonValue] = {
    "url": "https://hooks.example.com/callboard",
    "credential_id": "cred_01K9X4Z7QD8M3V5T2B6N8C1F0A",
    "is_enabled": True,
}


class NotificationOut(Schema):
    id: str
    kind: str = Field(description="approval, qa_escalation or human_input")
    title: str
    body: str
    url: str = Field(description="a path of this instance")
    run_id: str | None
    node_id: str
    created_at: datetime
    read_at: datetime | None
    settled_at: datetime | None = Field(description="when what it asks for was decided")


class UnreadOut(Schema):
    unread: int = Field(description="at most 100")


class ReadOut(Schema):
    marked: int
    unread: int


class ReadIn(Schema):
    """Which ones were read; without ids, all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"ids": None}})

    ids: list[str] | None = None


class ChoiceIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"by_email": True}})

    by_email: bool


class ChoiceOut(Schema):
    by_email: bool


class WebhookIn(Schema):
    """Where to send what waits, signed with HMAC-SHA256 by the value of a credential."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _HOOK})

    url: str
    credential_id: str
    is_enabled: bool = True


class WebhookOut(Schema):
    url: str
    credential_id: str
    is_enabled: bool
    updated_at: datetime


class DeliveryOut(Schema):
    id: str
    channel: str = Field(description="email or webhook")
    target: str
    event: str
    subject: str
    run_id: str | None
    status: str = Field(description="pending, delivered or failed")
    attempts: int
    response_status: int | None
    error: str
    next_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


@router.get("", response=ListOut[NotificationOut], summary="List one's notifications, the newest first")
def index(
    request: ApiRequest, *, unread: bool = False, cursor: str | None = None, limit: int = 50
) -> ListOut[NotificationOut]:
    require(request.auth.actor, Permission.VIEW)
    rows = notifications_for(request.auth.actor)
    return list_out(page(rows.filter(read_at=None) if unread else rows, cursor=cursor, limit=limit), _out)


@router.get("/unread", response=UnreadOut, summary="Count what one has not read")
def unread(request: ApiRequest) -> UnreadOut:
    require(request.auth.actor, Permission.VIEW)
    return UnreadOut(unread=unread_count(request.auth.actor))


@router.post("/read", response=ReadOut, summary="Mark notifications as read")
def read(request: ApiRequest, data: ReadIn | None = None) -> ReadOut:
    actor = request.auth.actor
    require(actor, Permission.RUN)
    rows = notifications_for(actor)
    chosen = [by_public_id(rows, public_id) for public_id in data.ids] if data and data.ids is not None else None
    return ReadOut(marked=mark_read(actor=actor, notifications=chosen), unread=unread_count(actor))


@router.get("/choice", response=ChoiceOut, summary="Get how one is told")
def choice(request: ApiRequest) -> ChoiceOut:
    require(request.auth.actor, Permission.VIEW)
    return ChoiceOut(by_email=wants_mail(request.auth.actor))


@router.put("/choice", response=ChoiceOut, summary="Choose how one is told")
def choose(request: ApiRequest, data: ChoiceIn) -> ChoiceOut:
    choice_set(actor=request.auth.actor, person=request.auth.user, by_email=data.by_email)
    return ChoiceOut(by_email=data.by_email)


@router.get("/webhook", response=WebhookOut | None, summary="Get the organization's webhook")
def webhook(request: ApiRequest) -> WebhookOut | None:
    hook = webhook_of(request.auth.actor)
    return _hook_out(hook) if hook else None


@router.put("/webhook", response=WebhookOut, summary="Set the organization's webhook")
def set_webhook(request: ApiRequest, data: WebhookIn) -> WebhookOut:
    hook = webhook_set(
        actor=request.auth.actor, url=data.url, credential_id=data.credential_id, is_enabled=data.is_enabled
    )
    return _hook_out(hook)


@router.delete("/webhook", response={204: None}, summary="Take the webhook away")
def remove_webhook(request: ApiRequest) -> Status[None]:
    webhook_remove(actor=request.auth.actor)
    return Status(204, None)


@router.post("/webhook/test", response={202: DeliveryOut}, summary="Send a test to the webhook")
def test_webhook(request: ApiRequest) -> Status[DeliveryOut]:
    return Status(202, _delivery_out(webhook_test(actor=request.auth.actor)))


@router.get("/deliveries", response=ListOut[DeliveryOut], summary="List what was sent, the newest first")
def deliveries(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[DeliveryOut]:
    return list_out(page(deliveries_for(request.auth.actor), cursor=cursor, limit=limit), _delivery_out)


def _out(row: Notification) -> NotificationOut:
    return NotificationOut(
        id=row.public_id, kind=row.kind, title=row.title, body=row.body, url=row.url,
        run_id=to_public(Run.ID_PREFIX, row.run_id) if row.run_id else None, node_id=row.node_id,
        created_at=row.created_at, read_at=row.read_at, settled_at=row.settled_at,
    )  # fmt: skip


def _hook_out(hook: OutgoingWebhook) -> WebhookOut:
    return WebhookOut(
        url=hook.url, credential_id=hook.credential.public_id, is_enabled=hook.is_enabled, updated_at=hook.updated_at
    )


def _delivery_out(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.public_id, channel=row.channel, target=row.target, event=row.event, subject=row.subject,
        run_id=to_public(Run.ID_PREFIX, row.run_id) if row.run_id else None, status=row.status,
        attempts=row.attempts, response_status=row.response_status, error=row.error, next_at=row.next_at,
        created_at=row.created_at, finished_at=row.finished_at,
    )  # fmt: skip
