"""People, organizations and what they may do, and the trail of what they did."""

from console.models.audit import AuditEntry
from console.models.people import Membership, Organization, Project, User
from console.models.sessions import BrowserSession
from console.models.signin import ApiToken, Invitation, SetUpLink, SignInLink

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BrowserSession",
    "Invitation",
    "Membership",
    "Organization",
    "Project",
    "SetUpLink",
    "SignInLink",
    "User",
]
