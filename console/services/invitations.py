"""Invitations: links by which people join an organization, each once, with the role it was made for."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console import audit
from console.access import Actor, Permission, Role, require
from console.errors import Conflict, Invalid, NotFound, Problem
from console.models import Invitation, Membership, Organization, Project, User
from console.signing_in.auth import new_secret, secret_hash
from console.signing_in.passwords import password_problems
from console.storable import unstorable

INVITATION_LIFETIME = timedelta(days=7)
LONGEST_NAME = 255


class InvitationInvalid(Invalid):
    code = "invitation_invalid"


class AlreadyMember(Conflict):
    code = "already_member"


class Invited(NamedTuple):
    """An invitation and the secret of its link, which is not shown again."""

    invitation: Invitation
    secret: str


def open_invitations() -> "QuerySet[Invitation]":
    """Return the invitations of every organization that can still be accepted."""
    rows: QuerySet[Invitation] = Invitation.objects.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    return rows.select_related("organization", "project")


def invitations_for(actor: Actor) -> "QuerySet[Invitation]":
    """Return an organization's invitations that were neither accepted nor revoked, those too old among them."""
    rows: QuerySet[Invitation] = Invitation.objects.visible_to(actor).filter(accepted_at=None, revoked_at=None)
    return rows.select_related("project").order_by("-created_at", "-pk")


def invitation_of(secret: str) -> Invitation:
    """Return the open invitation of a link; raise NotFound."""
    found = open_invitations().filter(token_hash=secret_hash(secret)).first()
    if found is None:
        raise NotFound("This invitation is used up, revoked or too old. Ask for a new one.")
    return found


@transaction.atomic
def invitation_create(*, actor: Actor, email: str, role: str, project: Project | None = None) -> Invited:
    """Invite somebody. A new invitation takes the place of an open one to the same address."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    email = email.strip().lower()
    problems = [*email_problems(email), *role_problems(actor, role, project)]
    if problems:
        raise InvitationInvalid.of(problems)
    if _is_member(actor.organization_id, email, project):
        raise AlreadyMember(
            f"{email} is a member already. Change the role on the page of that member.",
            problems=[Problem("This person is a member already.", "email")],
        )
    for earlier in invitations_for(actor).filter(email=email):
        _revoke(actor, earlier)
    secret = new_secret()
    invitation = Invitation.objects.create(
        organization_id=actor.organization_id, email=email, role=role, project=project, invited_by=actor.label,
        token_hash=secret_hash(secret), expires_at=timezone.now() + INVITATION_LIFETIME,
    )  # fmt: skip
    audit.record(actor=actor, action="invitation.create", target=invitation, after=_facts(invitation))
    return Invited(invitation, secret)


@transaction.atomic
def invitation_revoke(*, actor: Actor, invitation: Invitation) -> None:
    require(actor, Permission.MANAGE_ORGANIZATION)
    _revoke(actor, invitation)


@transaction.atomic
def invitation_accept(*, secret: str, person: User | None = None, name: str = "", password: str = "") -> User:
    """Use an invitation up: make its person a member.

    `person` is whoever is signed in; the invitation must be to them. Without one, a new person is made with a name and
    a password. Raise NotFound, InvitationInvalid, or Conflict where the address belongs to somebody who has to sign in.
    """
    invitation = _lock(secret)
    if person is None:
        person = _new_person(invitation.email, name.strip(), password)
    elif person.email != invitation.email:
        raise Conflict(f"This invitation is to {invitation.email}. Sign out, and open it again.")
    return join(invitation, person)


def join(invitation: Invitation, person: User) -> User:
    """Make a person a member by an invitation to them that the caller has locked, and use it up."""
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership, _ = Membership.objects.update_or_create(
        user=person, organization_id=invitation.organization_id, project=invitation.project,
        defaults={"role": invitation.role},
    )  # fmt: skip
    joined = Actor(organization_id=invitation.organization_id, user_id=person.pk, label=str(person))
    audit.record(actor=joined, action="invitation.accept", target=membership, after=_facts(invitation))
    return person


@transaction.atomic
def join_by_address(addresses: Sequence[str], name: str) -> User | None:
    """Make a person of whoever an identity provider says has one of these addresses, if an invitation is to it.

    The addresses must have been verified and belong to nobody here. Every open invitation to the address is accepted.
    """
    found = list(open_invitations().select_for_update(of=("self",)).filter(email__in=addresses))
    if not found:
        return None
    email = found[0].email
    person = User.objects.create_user(email, name=name.replace("\0", "").strip()[:LONGEST_NAME])
    for invitation in found:
        if invitation.email == email:
            join(invitation, person)
    return person


def role_problems(actor: Actor, role: str, project: Project | None) -> list[Problem]:
    """Return what is wrong with a role in a project of the actor's organization, or, without a project, in all."""
    if role not in set(Role):
        return [Problem(f"Use one of: {', '.join(Role)}.", "role")]
    if project is not None and project.organization_id != actor.organization_id:
        return [Problem("There is no such project here.", "project")]
    if project is not None and role == Role.ORG_ADMIN:
        return [Problem("An Org Admin is one in every project. Choose every project, or another role.", "project")]
    return []


def _lock(secret: str) -> Invitation:
    invitation = invitation_of(secret)
    # Two browsers that accept at once must not both succeed, nor one after it was revoked.
    Organization.objects.select_for_update().get(pk=invitation.organization_id)
    return invitation_of(secret)


def _new_person(email: str, name: str, password: str) -> User:
    if User.objects.filter(email=email).exists():
        raise Conflict(f"There is an account for {email} already. Sign in first, and open the invitation again.")
    problems = password_problems(password, User(email=email, name=name))
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.insert(0, Problem(f"Write your name, with at most {LONGEST_NAME} characters.", "name"))
    problems.extend(unstorable({"name": name}))
    if problems:
        raise InvitationInvalid.of(problems)
    return User.objects.create_user(email, password, name=name)


def _revoke(actor: Actor, invitation: Invitation) -> None:
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(actor=actor, action="invitation.revoke", target=invitation, before=_facts(invitation))


def email_problems(email: str) -> list[Problem]:
    try:
        validate_email(email)
    except ValidationError:
        return [Problem("Write an e-mail address, such as ada@example.com.", "email")]
    return []


def _is_member(organization_id: uuid.UUID, email: str, project: Project | None) -> bool:
    own = Membership.objects.filter(organization_id=organization_id, user__email=email)
    return own.filter(project=project).exists()


def _facts(invitation: Invitation) -> dict[str, object]:
    project = invitation.project
    return {"email": invitation.email, "role": invitation.role, "project": project.name if project else "every project"}
