import pytest
from django.shortcuts import resolve_url
from django.test import Client

from console.access import Role
from console.models import Project
from orchestration.models import Dialect
from tests.factories import MembershipFactory
from tests.support.browser import visit
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
def open_page(live_server, settings, client):
    """Open a path, or the page of a URL's name, in a real browser as an Org Admin, and call `act(page)`."""
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}

    def opened(to, act, **options):
        return visit(live_server.url + resolve_url(to), act, cookies=cookies, **options)

    return opened


@pytest.fixture
def asking(admin, project):
    """A run that waits for an answer."""
    return started(admin, published(admin, project, Dialect.NODES, ASKING, "Asking"), query="Why?")


@pytest.fixture
def gated(admin, project):
    """A run that waits at a gate."""
    routed(admin)
    return started(admin, published(admin, project, Dialect.STAGES, GATED, "Deployment"), description="the site")
