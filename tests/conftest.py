import pytest

from console.access import Actor, Role
from console.models import Project
from tests.factories import ProjectFactory


@pytest.fixture
def project(db) -> Project:
    return ProjectFactory()


@pytest.fixture
def admin(project) -> Actor:
    """An Org Admin of the project's organization."""
    return Actor(organization_id=project.organization_id, label="Ada", roles={None: Role.ORG_ADMIN})
