"""Whether the people that a node's settings name can be asked at all."""

import uuid

from django.apps import apps
from django.db.models import Q

from console.errors import Problem
from console.ids import from_public
from orchestration.graph import Node


def unknown_people(node: Node, organization_id: uuid.UUID) -> list[Problem]:
    """Return a problem for each approver who is no member of the organization: nobody could decide in their place."""
    approvers = node.config.get("approvers")
    named = [str(person).strip() for person in approvers] if isinstance(approvers, list) else []
    if not named:
        return []
    known = _members(organization_id, named)
    return [
        Problem(f"{person} is no member of this organization. Invite them first, or take them out.", "approvers", place)
        for place, person in enumerate(named)
        if person.lower() not in known and str(from_public("user", person)) not in known
    ]


def _members(organization_id: uuid.UUID, named: list[str]) -> set[str]:
    """Return the addresses and keys of those among `named` who are members."""
    keys = [key for person in named if (key := from_public("user", person)) is not None]
    people = apps.get_model("console", "User").objects.filter(
        Q(email__in=[person.lower() for person in named]) | Q(pk__in=keys),
        memberships__organization_id=organization_id,
        is_active=True,
    )
    return {text for email, key in people.values_list("email", "pk") for text in (email.lower(), str(key))}
