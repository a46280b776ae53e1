import re

from allauth.mfa.models import Authenticator
from django.db import transaction

from console import audit
from console.access import Actor, Role
from console.errors import Conflict, Invalid, NotFound, Problem
from console.models import Membership, Organization, Project, User
from console.services.invitations import LONGEST_NAME, email_problems
from console.services.members import ensure_other_admin
from console.storable import unstorable
from orchestration.services.presets import presets_install

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@transaction.atomic
def organization_create(*, slug: str, name: str) -> Organization:
    """Create an organization with a first project. Only whoever runs the machine can: it takes no actor."""
    if not _SLUG.fullmatch(slug):
        raise Invalid.of([Problem("Use lower-case letters, digits and dashes, at most 63.", "slug")])
    if not 1 <= len(name.strip()) <= LONGEST_NAME or list(unstorable(name)):
        raise Invalid.of([Problem(f"Use a name of 1 to {LONGEST_NAME} characters.", "name")])
    if Organization.objects.filter(slug=slug).exists():
        raise Conflict(f"There is an organization {slug!r} already.")
    organization = Organization.objects.create(slug=slug, name=name)
    project = Project.objects.create(organization=organization, name="First project")
    audit.record(actor=Actor.platform(organization.pk), action="organization.create", target=organization)
    presets_install(actor=Actor.platform(organization.pk), project=project)
    return organization


@transaction.atomic
def person_add(*, email: str, org: str, role: str) -> User:
    """Make somebody a member of an organization, in every project, with a role. Also for whoever runs the machine."""
    organization = Organization.objects.filter(slug=org).first()
    if organization is None:
        raise NotFound(f"There is no organization {org!r}.")
    if role not in set(Role):
        raise Invalid.of([Problem(f"Use one of: {', '.join(Role)}.", "role")])
    email = email.strip().lower()
    if problems := email_problems(email):
        raise Invalid.of(problems)
    person = User.objects.filter(email=email).first() or User.objects.create_user(email)
    held = Membership.objects.filter(user=person, organization=organization, project=None).first()
    if held is not None and role != Role.ORG_ADMIN:
        ensure_other_admin(held)
    Membership.objects.update_or_create(
        user=person, organization=organization, project=None, defaults={"role": Role(role)}
    )
    audit.record(
        actor=Actor.platform(organization.pk), action="member.add", target=person, after={"email": email, "role": role}
    )
    return person


@transaction.atomic
def factors_forget(*, person: User) -> int:
    """Take a person's second factors off, and return how many. Only whoever runs the machine can: it takes no actor."""
    forgotten, _ = Authenticator.objects.filter(user=person).delete()
    for organization_id in Membership.objects.filter(user=person).values_list("organization_id", flat=True).distinct():
        audit.record(
            actor=Actor.platform(organization_id), action="member.forget_factors", target=person,
            before={"factors": forgotten},
        )  # fmt: skip
    return int(forgotten)
