"""Who belongs to an organization, and as what. An organization always keeps an admin who can sign in."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console import audit
from console.access import Actor, Permission, Role, require
from console.errors import Conflict, Invalid, Problem
from console.models import ApiToken, BrowserSession, Membership, Organization, Project, User
from console.services.invitations import role_problems


class MemberInvalid(Invalid):
    code = "member_invalid"


class LastAdmin(Conflict):
    code = "last_admin"


def memberships_for(actor: Actor) -> "QuerySet[Membership]":
    """Return who belongs to the actor's organization and as what, by name."""
    rows = Membership.objects.filter(organization_id=actor.organization_id).select_related("user", "project")
    return rows.order_by("user__name", "user__email", "project__name")


def people_of(actor: Actor) -> "QuerySet[User]":
    """Return the people of the actor's organization, each once, by name."""
    rows: QuerySet[User] = User.objects.filter(memberships__organization_id=actor.organization_id).distinct()
    return rows.order_by("name", "email")


@transaction.atomic
def member_change(*, actor: Actor, membership: Membership, role: str, project: Project | None = None) -> None:
    """Give a member another role, or move it to another project; raise LastAdmin, MemberInvalid or Conflict."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    problems = role_problems(actor, role, project)
    if problems:
        raise MemberInvalid.of(problems)
    _lock(membership)
    others = Membership.objects.filter(user=membership.user, organization_id=membership.organization_id)
    if others.filter(project=project).exclude(pk=membership.pk).exists():
        raise Conflict(f"{membership.user} has a role there already. Change that one, or remove it.")
    if role != Role.ORG_ADMIN:
        ensure_other_admin(membership)
    before = _facts(membership)
    membership.role, membership.project = role, project
    membership.save(update_fields=["role", "project"])
    audit.record(actor=actor, action="member.change", target=membership, before=before, after=_facts(membership))


@transaction.atomic
def member_remove(*, actor: Actor, membership: Membership) -> None:
    """Take a membership away.

    Where it was the person's last one here, their tokens of this organization end at once; where it was the last one
    anywhere, their sessions do, too.
    """
    require(actor, Permission.MANAGE_ORGANIZATION)
    _lock(membership)
    ensure_other_admin(membership)
    audit.record(actor=actor, action="member.remove", target=membership, before=_facts(membership))
    person, organization_id = membership.user, membership.organization_id
    membership.delete()
    if not Membership.objects.filter(user=person, organization_id=organization_id).exists():
        ApiToken.objects.filter(user=person, organization_id=organization_id, revoked_at=None).update(
            revoked_at=timezone.now()
        )
    if not Membership.objects.filter(user=person).exists():
        BrowserSession.objects.filter(user=person).delete()


def _lock(membership: Membership) -> None:
    """Hold the organization, so that two admins can't remove each other at once, and read the membership anew."""
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    membership.refresh_from_db(fields=["role", "project"])


def ensure_other_admin(membership: Membership) -> None:
    """Raise LastAdmin if the organization would have no admin who can sign in without this membership."""
    if membership.role != Role.ORG_ADMIN:
        return
    admins = Membership.objects.filter(
        organization_id=membership.organization_id, role=Role.ORG_ADMIN, user__is_active=True
    )
    if not admins.exclude(pk=membership.pk).exists():
        message = f"{membership.user} is the only Org Admin. Make somebody else one first."
        raise LastAdmin(message, problems=[Problem(message, "role")])


def _facts(membership: Membership) -> dict[str, object]:
    person: User = membership.user
    project = membership.project
    return {"email": person.email, "role": membership.role, "project": project.name if project else "every project"}
