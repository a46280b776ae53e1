import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from console.access import Actor, Role, Scope
from console.models import User
from console.signing_in.auth import api_token_create
from tests.console.tenancy.world import World, make_world
from tests.factories import MembershipFactory, ProjectFactory


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def stranger(world) -> User:
    """An Org Admin of another organization."""
    return MembershipFactory(organization=ProjectFactory().organization).user


@pytest.fixture
def viewer(world) -> User:
    """Somebody who may look at the world's project and change nothing there."""
    project = world.project
    return MembershipFactory(organization=project.organization, project=project, role=Role.VIEWER).user


@pytest.fixture
def neighbour(world) -> User:
    """A Project Admin Owner of another project of the world's organization."""
    organization = world.project.organization
    other = ProjectFactory(organization=organization)
    return MembershipFactory(organization=organization, project=other, role=Role.PROJECT_ADMIN_OWNER).user


def browser_of(user: User | None) -> Client:
    """Return a browser that does not raise what a page raises, but takes the answer that anybody would get."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def token_of(user: User, scope: Scope = Scope.WRITE) -> str:
    organization = user.memberships.get().organization
    actor = Actor(organization_id=organization.pk)
    return api_token_create(actor=actor, user=user, organization=organization, name="a test", scope=scope)


def body_of(answer) -> str:
    """Return what an answer says, be it sent whole or in pieces."""
    return (async_to_sync(_read)(answer) if answer.streaming else answer.content).decode()


async def _read(answer) -> bytes:
    return b"".join([part async for part in answer])
