"""Settings, Members: who belongs to the organization, who is invited to, and as what."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import Permission
from console.forms.members import InviteForm, RoleForm
from console.forms.service import sent_in
from console.models import Membership
from console.services.invitations import INVITATION_LIFETIME, invitation_revoke, invitations_for
from console.services.members import member_change, member_remove, memberships_for
from console.services.projects import projects_for
from console.session import PlacedRequest
from console.signing_in.inviting import Sent
from console.signing_in.inviting import invite as invite_somebody
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.MANAGE_ORGANIZATION)
def index(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    context = {
        "memberships": memberships_for(actor),
        "invitations": invitations_for(actor),
        "now": timezone.now(),
    }
    return render(request, "settings/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page(Permission.MANAGE_ORGANIZATION)
def invite(request: PlacedRequest) -> HttpResponse:
    """Invite somebody. The link is in this one answer and nowhere else, so this is no redirect."""
    actor = request.place.actor
    form = InviteForm(projects_for(actor), sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            project = form.chosen_project()
            sent = invite_somebody(request.place, email=form.sent("email"), role=form.sent("role"), project=project)
            return _made(request, sent)
    return render(request, "settings/member_invite.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_ORGANIZATION)
def detail(request: PlacedRequest, membership_id: str) -> HttpResponse:
    """Show what somebody may do here, and take another role."""
    actor, membership = request.place.actor, _membership(request, membership_id)
    form = RoleForm(projects_for(actor), sent_in(request), membership)
    with form.problems_shown():
        if form.is_bound:
            member_change(actor=actor, membership=membership, role=form.sent("role"), project=form.chosen_project())
            messages.success(request, f"{membership.user} is now {membership.get_role_display()}.")
            return see_other("settings-members")
    return render(request, "settings/member.html", {"form": form, "membership": membership}, status=form.status)


@require_POST
@page(Permission.MANAGE_ORGANIZATION)
def remove(request: PlacedRequest, membership_id: str) -> HttpResponse:
    membership = _membership(request, membership_id)
    member_remove(actor=request.place.actor, membership=membership)
    messages.success(request, f"{membership.user} is removed. Nothing they made is lost.")
    return see_other("settings-members")


@require_POST
@page(Permission.MANAGE_ORGANIZATION)
def revoke(request: PlacedRequest, invitation_id: str) -> HttpResponse:
    invitation = by_public_id(invitations_for(request.place.actor), invitation_id)
    invitation_revoke(actor=request.place.actor, invitation=invitation)
    messages.success(request, f"The invitation of {invitation.email} is revoked. Its link no longer works.")
    return see_other("settings-members")


def _membership(request: PlacedRequest, membership_id: str) -> Membership:
    return by_public_id(memberships_for(request.place.actor), membership_id)


def _made(request: PlacedRequest, sent: Sent) -> HttpResponse:
    context = {
        "link": sent.link,
        "invitation": sent.invitation,
        "was_sent": sent.was_mailed,
        "days": INVITATION_LIFETIME.days,
    }
    return render(request, "settings/member_invited.html", context, status=201)
