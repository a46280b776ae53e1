import pytest
from django.test import Client

from console.access import Role
from console.models import Project
from orchestration.models import Dialect
from tests.factories import MembershipFactory
from tests.support.graphs import ASKING, GATED, published, routed, started


def client_as(project: Project, role: Role = Role.ORG_ADMIN) -> Client:
    """Return the browser of somebody who holds a role in the project and is signed in."""
    of_the_project = {} if role is Role.ORG_ADMIN else {"project": project}
    client = Client()
    client.force_login(MembershipFactory(organization=project.organization, role=role, **of_the_project).user)
    return client


@pytest.fixture
def client(project) -> Client:
    """The browser of an Org Admin."""
    return client_as(project)


@pytest.fixture
def asking(admin, project):
    """A run that waits for an answer."""
    return started(admin, published(admin, project, Dialect.NODES, ASKING, "Asking"), query="Why?")


@pytest.fixture
def gated(admin, project):
    """A run that waits at a gate."""
    routed(admin)
    return started(admin, published(admin, project, Dialect.STAGES, GATED, "Deployment"), description="the site")
