"""Who may do what: the only place where a role is turned into a right.

Pages, API, sockets and the command line ask the same questions here, of an `Actor`: a person, a token or the platform
itself, acting in one organization.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from console.errors import NotAllowed


class Role(StrEnum):
    """What a membership makes of a person. Later ones hold every right of earlier ones."""

    VIEWER = "viewer"  #: reads what the project shows
    MEMBER = "member"  #: starts work and edits pipelines
    PROJECT_ADMIN_OWNER = "project_admin_owner"  #: also registers agents
    ORG_ADMIN = "org_admin"  #: also people, models and credentials

    @property
    def label(self) -> str:
        return {"org_admin": "Org Admin", "project_admin_owner": "Project Admin Owner"}.get(self, self.title())


class Scope(StrEnum):
    """How much of its owner's rights a token may use. Later ones hold what earlier ones do."""

    READ = "read"  #: looks
    RUN = "run"  #: also seeds, reruns, re-grades and cancels
    WRITE = "write"  #: everything its owner may do

    @property
    def label(self) -> str:
        return self.title()


class Permission(StrEnum):
    """One thing a person may or may not do."""

    VIEW = "view"  #: see pipelines, runs, verdicts
    MANAGE_ACCOUNT = "manage_account"  #: change one's own name, sign browsers out, revoke tokens
    RUN = "run"  #: seed, rerun, re-grade, cancel
    EDIT_PIPELINES = "edit_pipelines"
    VIEW_AGENTS = "view_agents"  #: the Agents pages
    EDIT_AGENTS = "edit_agents"  #: register, edit, publish
    UPLOAD_ARCHIVES = "upload_archives"  #: bring in agents' code as ZIP archives
    MANAGE_MODELS = "manage_models"
    MANAGE_CREDENTIALS = "manage_credentials"
    MANAGE_SANDBOXES = "manage_sandboxes"  #: what sandboxes are like, and what they may reach
    MANAGE_ORGANIZATION = "manage_organization"  #: members, projects, settings


_LEAST_ROLE: Mapping[Permission, Role] = {
    Permission.VIEW: Role.VIEWER,
    Permission.MANAGE_ACCOUNT: Role.VIEWER,
    Permission.RUN: Role.MEMBER,
    Permission.EDIT_PIPELINES: Role.MEMBER,
    Permission.VIEW_AGENTS: Role.PROJECT_ADMIN_OWNER,
    Permission.EDIT_AGENTS: Role.PROJECT_ADMIN_OWNER,
    Permission.UPLOAD_ARCHIVES: Role.ORG_ADMIN,
    Permission.MANAGE_MODELS: Role.ORG_ADMIN,
    Permission.MANAGE_CREDENTIALS: Role.ORG_ADMIN,
    Permission.MANAGE_SANDBOXES: Role.ORG_ADMIN,
    Permission.MANAGE_ORGANIZATION: Role.ORG_ADMIN,
}
_RANK = {role: rank for rank, role in enumerate(Role)}

#: What a token must be made for; everything that is not named takes the widest.
_LEAST_SCOPE: Mapping[Permission, Scope] = {
    Permission.VIEW: Scope.READ,
    Permission.VIEW_AGENTS: Scope.READ,
    Permission.RUN: Scope.RUN,
}
_WIDTH = {scope: width for width, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which organization.

    `roles` maps a project's key to the role held there; the key None is a role held in every project.
    `user_id` is None for the platform itself. `scope` narrows what the roles allow, where a token acts.
    """

    organization_id: uuid.UUID
    user_id: uuid.UUID | None = None
    label: str = "Callboard"
    roles: Mapping[uuid.UUID | None, Role] = field(default_factory=dict)
    scope: Scope = Scope.WRITE

    @classmethod
    def platform(
        cls, organization_id: uuid.UUID, *, user_id: uuid.UUID | None = None, label: str = "Callboard"
    ) -> "Actor":
        """Return the platform acting for an organization: background work that somebody with the right began."""
        return cls(organization_id=organization_id, user_id=user_id, label=label, roles={None: Role.ORG_ADMIN})

    def role_in(self, project_id: uuid.UUID | None) -> Role | None:
        """Return the highest role held in a project, or, for None, the highest held anywhere."""
        if project_id is None:
            held = list(self.roles.values())
        else:
            held = [self.roles[key] for key in (None, project_id) if key in self.roles]
        return max(held, key=_RANK.__getitem__, default=None)

    @property
    def sees_every_project(self) -> bool:
        return None in self.roles

    @property
    def project_ids(self) -> frozenset[uuid.UUID]:
        """Return the projects in which a role is held by name."""
        return frozenset(key for key in self.roles if key is not None)


def can(actor: Actor, permission: Permission, *, project_id: uuid.UUID | None = None) -> bool:
    role = actor.role_in(project_id)
    return role is not None and _RANK[role] >= _RANK[_LEAST_ROLE[permission]] and _is_in_scope(actor, permission)


def at_least(role: Role, least: Role) -> bool:
    """Say whether a role holds every right of another."""
    return _RANK[role] >= _RANK[least]


def roles_that_may(permission: Permission) -> list[Role]:
    """Return the roles that hold a permission."""
    return [role for role in Role if at_least(role, _LEAST_ROLE[permission])]


def require(actor: Actor, permission: Permission, *, project_id: uuid.UUID | None = None) -> None:
    """Raise NotAllowed, naming the role or the scope that would do, unless the actor may."""
    if can(actor, permission, project_id=project_id):
        return
    if not _is_in_scope(actor, permission):
        raise NotAllowed(
            f"The scope of this token does not allow this. It takes a token of scope {_scope(permission)}."
        )
    needed = _LEAST_ROLE[permission].label
    raise NotAllowed(f"Your role does not allow this. It takes {needed} or higher.")


def _is_in_scope(actor: Actor, permission: Permission) -> bool:
    return _WIDTH[actor.scope] >= _WIDTH[_scope(permission)]


def _scope(permission: Permission) -> Scope:
    return _LEAST_SCOPE.get(permission, Scope.WRITE)
