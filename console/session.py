"""Where somebody who is signed in stands: in which organization and project, and as whom."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from console.access import Actor, Role, Scope
from console.errors import NotFound
from console.models import ApiToken, Membership, Organization, Project, User

_PROJECT_KEY = "project_id"


@dataclass(frozen=True, slots=True)
class Place:
    """An organization, one of its projects, and the actor there. `projects` are all that the person may enter."""

    actor: Actor
    user: User
    organization: Organization
    project: Project
    projects: tuple[Project, ...]


class PlacedRequest(HttpRequest):
    """A request of somebody who is signed in and belongs to an organization."""

    user: User
    place: Place
    htmx: HtmxDetails


def place_in_session(request: HttpRequest) -> Place | None:
    """Return where a session stands; None for somebody not signed in or without any project."""
    return place_of_user(request.user, request.session) if isinstance(request.user, User) else None


def place_of_user(user: User, session: SessionBase) -> Place | None:
    return _place(user, _memberships(user), str(session.get(_PROJECT_KEY, "")))


def place_of_token(token: ApiToken, *, project_id: str = "") -> Place | None:
    """Return the place of whoever shows a token: its owner's, within its scope; raise NotFound as `place_in` does."""
    place = place_in(token.user, token.organization, project_id=project_id)
    return place and replace(place, actor=replace(place.actor, scope=Scope(token.scope)))


def place_in(user: User, organization: Organization, *, project_id: str = "") -> Place | None:
    """Return a person's place in one organization; raise NotFound for a project that can't be entered."""
    own = [row for row in _memberships(user) if row.organization_id == organization.pk]
    place = _place(user, own, project_id)
    if place is not None and project_id and place.project.public_id != project_id:
        raise NotFound(f"There is no project {project_id!r} here.")
    return place


def choose_project(request: PlacedRequest, public_id: str) -> None:
    """Move the session to another project; raise NotFound for one that the person may not enter."""
    if public_id not in {project.public_id for project in request.place.projects}:
        raise NotFound(f"There is no project {public_id!r} here.")
    request.session[_PROJECT_KEY] = public_id


def actor_of(user: User, organization_id: uuid.UUID) -> Actor:
    """Return the person as an actor in an organization; without any membership there, one without any right."""
    return _actor(user, organization_id, _memberships(user))


def _memberships(user: User) -> list[Membership]:
    return list(Membership.objects.filter(user=user).select_related("organization").order_by("created_at", "pk"))


def _place(user: User, memberships: Sequence[Membership], project_id: str) -> Place | None:
    organizations = {row.organization_id: row.organization for row in memberships}
    projects = Project.objects.filter(organization__in=organizations).order_by("created_at", "pk")
    visible = [project for project in projects if _may_enter(memberships, project)]
    if not visible:
        return None
    project = next((item for item in visible if item.public_id == project_id), visible[0])
    return Place(
        actor=_actor(user, project.organization_id, memberships),
        user=user,
        organization=organizations[project.organization_id],
        project=project,
        projects=tuple(visible),
    )


def _may_enter(memberships: Sequence[Membership], project: Project) -> bool:
    return any(
        row.organization_id == project.organization_id and row.project_id in {None, project.pk} for row in memberships
    )


def _actor(user: User, organization_id: uuid.UUID, memberships: Sequence[Membership]) -> Actor:
    return Actor(
        organization_id=organization_id,
        user_id=user.pk,
        label=str(user),
        roles={row.project_id: Role(row.role) for row in memberships if row.organization_id == organization_id},
    )
