import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from console.models.people import User
from console.tenancy import OrgOwned, ProjectOwned


class Notification(ProjectOwned):
    """Something that one person should look at. `read_at` is when they did, or when it was settled without them."""

    ID_PREFIX = "note"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    #: A path of this instance.
    url = models.CharField(max_length=500)
    run = models.ForeignKey("orchestration.Run", on_delete=models.CASCADE, null=True, related_name="+")
    node_id = models.CharField(max_length=128, blank=True)
    read_at = models.DateTimeField(null=True)
    #: When what it asks for was decided, by whomever.
    settled_at = models.DateTimeField(null=True)

    run_id: uuid.UUID | None
    user_id: uuid.UUID

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "organization", "-id"], name="notification_by_user"),
            models.Index(fields=["user", "organization"], name="notification_unread", condition=Q(read_at=None)),
            models.Index(fields=["run", "node_id"], name="notification_open", condition=Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(OrgOwned):
    """How a person wants to be told in an organization. Without a row it is by e-mail too."""

    ID_PREFIX = "nchoice"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    by_email = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organization"], name="notification_choice_of_user"),
        ]

    def __str__(self) -> str:
        return f"notifications of {self.user}"


class OutgoingWebhook(OrgOwned):
    """Where an organization is told of what waits. The credential's value signs what is sent."""

    ID_PREFIX = "hook"

    url = models.URLField(max_length=2_000)
    credential = models.ForeignKey("agents.Credential", on_delete=models.PROTECT, related_name="outgoing_webhooks")
    is_enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    credential_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="one_outgoing_webhook")]

    def __str__(self) -> str:
        return "outgoing webhook"


class Channel(models.TextChoices):
    """A way out of Callboard."""

    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class Delivery(OrgOwned):
    """One message on its way out: what it says, where to, and how often it was tried.

    It is written in the transaction of what it tells of. Whoever tries it moves `next_at` on first, so that two workers
    do not send it at once, and one that dies leaves it to be tried again.
    """

    ID_PREFIX = "dlv"

    channel = models.CharField(max_length=16, choices=Channel.choices)
    #: An address, or the URL at the time.
    target = models.CharField(max_length=2_000)
    event = models.CharField(max_length=64)
    subject = models.CharField(max_length=300)
    #: The text of a mail, or the JSON of a webhook's body.
    body = models.TextField()
    run_id = models.UUIDField(null=True)
    status = models.CharField(max_length=16, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="delivery_by_organization"),
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(status=DeliveryStatus.PENDING)),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.target}"
