"""Inviting somebody: the invitation, its link and, where the instance sends mails, the mail with it."""

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from console.models import Invitation, Project
from console.services.invitations import INVITATION_LIFETIME, invitation_create
from console.session import Place
from console.signing_in import mail


class Sent(NamedTuple):
    """An invitation with its link, which is not shown again, and whether a mail with it went out."""

    invitation: Invitation
    link: str
    was_mailed: bool


def invite(place: Place, *, email: str, role: str, project: Project | None) -> Sent:
    """Invite somebody in the name of whoever stands at `place`; raises as `invitation_create` does."""
    invited = invitation_create(actor=place.actor, email=email, role=role, project=project)
    link = settings.CALLBOARD_URL + reverse("invitation", args=[invited.secret])
    was_mailed = mail.send(
        to=invited.invitation.email,
        subject=f"Join {place.organization.name} on Callboard",
        text=(
            f"{place.user} invites you to {place.organization.name} on Callboard.\n\n{link}\n\n"
            f"The link works once, within {INVITATION_LIFETIME.days} days. Nothing happens if you leave it.\n"
        ),
    )
    return Sent(invited.invitation, link, was_mailed)
