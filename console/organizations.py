"""What can be done with an organization itself."""

from django.db import transaction

from console import audit
from console.access import Actor, Permission, require
from console.errors import Invalid, NotFound, Problem
from console.models import Organization
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
