"""What can be done with an organization itself, and who and what belongs to it."""

from django.db import transaction
from django.db.models import QuerySet

from console import audit
from console.access import Actor, Permission, require
from console.errors import Invalid, NotFound, Problem
from console.models import Membership, Organization, Project
from console.storable import unstorable

LONGEST_NAME = 255


class OrganizationInvalid(Invalid):
    code = "organization_invalid"


@transaction.atomic
def organization_rename(*, actor: Actor, organization: Organization, name: str) -> None:
    """Give an organization another name. Its slug, which programs use, stays."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    if organization.pk != actor.organization_id:
        raise NotFound("There is no such organization here.")
    name, before = name.strip(), organization.name
    problems = list(unstorable({"name": name}))
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.append(Problem(f"Give the organization a name of at most {LONGEST_NAME} characters.", "name"))
    if problems:
        raise OrganizationInvalid.of(problems)
    organization.name = name
    organization.save(update_fields=["name"])
    audit.record(
        actor=actor, action="organization.rename", target=organization, before={"name": before}, after={"name": name}
    )


def projects_of(organization: Organization) -> "QuerySet[Project]":
    return Project.objects.filter(organization=organization).order_by("created_at", "pk")


def memberships_of(organization: Organization) -> "QuerySet[Membership]":
    """Return who belongs to an organization and as what, by name."""
    rows = Membership.objects.filter(organization=organization).select_related("user", "project")
    return rows.order_by("user__name", "user__email", "project__name")
