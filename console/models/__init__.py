"""People, organizations and what they may do, the trail of what they did, and what they are told."""

from console.models.audit import AuditEntry
from console.models.notifications import (
    Channel,
    Delivery,
    DeliveryStatus,
    Notification,
    NotificationChoice,
    OutgoingWebhook,
)
from console.models.people import Membership, Organization, Project, User
from console.models.sessions import BrowserSession
from console.models.signin import ApiToken, Invitation, SetUpLink, SignInLink

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BrowserSession",
    "Channel",
    "Delivery",
    "DeliveryStatus",
    "Invitation",
    "Membership",
    "Notification",
    "NotificationChoice",
    "Organization",
    "OutgoingWebhook",
    "Project",
    "SetUpLink",
    "SignInLink",
    "User",
]
