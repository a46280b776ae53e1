"""Where a signed-in person stands: in which organization and project, and as whom."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest

from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import Membership, Organization, Project, User

_PROJECT_KEY = "project_id"


@dataclass(frozen=True, slots=True)
class Place:
    """An organization, one of its projects, and the actor there."""

    actor: Actor
    organization: Organization
    project: Project
    projects: tuple[Project, ...]


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in and belongs to an organization; what `signed_in` hands to a view."""

    user: User
    place: Place


def actor_of(user: User, organization_id: uuid.UUID) -> Actor:
    """Return the person as an actor in an organization; without any membership there, one without any right."""
    memberships = Membership.objects.filter(user=user, organization_id=organization_id)
    return _actor(user, organization_id, list(memberships))


def resolve(request: HttpRequest) -> Place | None:
    """Return where the session stands; None for somebody not signed in or without any membership."""
    user = request.user
    if not isinstance(user, User):
        return None
    memberships = list(
        Membership.objects.filter(user=user).select_related("organization").order_by("created_at", "pk")
    )
    projects = list(
        Project.objects.filter(organization__in={row.organization_id for row in memberships}).order_by("created_at")
    )
    visible = [project for project in projects if _may_enter(memberships, project)]
    if not visible:
        return None
    chosen = request.session.get(_PROJECT_KEY)
    project = next((item for item in visible if item.public_id == chosen), visible[0])
    own = [row for row in memberships if row.organization_id == project.organization_id]
    return Place(
        actor=_actor(user, project.organization_id, own),
        organization=own[0].organization,
        project=project,
        projects=tuple(visible),
    )


def choose_project(request: SignedInRequest, public_id: str) -> None:
    """Move the session to another project; raise NotAllowed for one that the person may not enter."""
    if public_id not in {project.public_id for project in request.place.projects}:
        raise NotAllowed("You are not a member of that project.")
    request.session[_PROJECT_KEY] = public_id


def _may_enter(memberships: list[Membership], project: Project) -> bool:
    return any(
        row.organization_id == project.organization_id and row.project_id in {None, project.pk} for row in memberships
    )


def _actor(user: User, organization_id: uuid.UUID, memberships: list[Membership]) -> Actor:
    return Actor(
        organization_id=organization_id,
        user_id=user.pk,
        label=str(user),
        roles={row.project_id: Role(row.role) for row in memberships},
    )
