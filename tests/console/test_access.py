"""Rights, asked where every page, operation, socket and command asks."""

import uuid

import pytest

from console.access import Actor, Permission, Role, Scope, can, require
from console.errors import NotAllowed


def actor(role: Role = Role.ORG_ADMIN, scope: Scope = Scope.WRITE) -> Actor:
    return Actor(organization_id=uuid.uuid4(), roles={None: role}, scope=scope)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope.READ, {Permission.VIEW, Permission.VIEW_AGENTS}),
        (Scope.RUN, {Permission.VIEW, Permission.VIEW_AGENTS, Permission.RUN}),
        (Scope.WRITE, set(Permission)),
    ],
)
def test_a_scope_leaves_of_an_admins_rights_what_it_is_for(scope, allowed):
    assert {permission for permission in Permission if can(actor(scope=scope), permission)} == allowed


def test_a_scope_gives_nothing_that_the_role_does_not():
    assert not can(actor(Role.VIEWER, Scope.WRITE), Permission.RUN)


def test_the_refusal_names_what_would_do():
    with pytest.raises(NotAllowed, match="token of scope run"):
        require(actor(scope=Scope.READ), Permission.RUN)
    with pytest.raises(NotAllowed, match="takes Org Admin"):
        require(actor(Role.MEMBER), Permission.MANAGE_MODELS)


def test_a_role_in_one_project_is_none_in_another():
    here, there = uuid.uuid4(), uuid.uuid4()
    member = Actor(organization_id=uuid.uuid4(), roles={here: Role.MEMBER})
    assert (can(member, Permission.RUN, project_id=here), can(member, Permission.RUN, project_id=there)) == (
        True,
        False,
    )
