import pytest

from console.access import Role
from orchestration.models import Run, Trigger
from orchestration.states import RunStatus
from tests.factories import MembershipFactory, PipelineVersionFactory
from tests.support.hubs import forget_hubs


@pytest.fixture(autouse=True)
def _hubs():
    yield
    forget_hubs()


@pytest.fixture
def run(project) -> Run:
    version = PipelineVersionFactory(pipeline__project=project)
    return Run.objects.create(
        organization=project.organization, project=project, pipeline=version.pipeline, version=version,
        status=RunStatus.RUNNING, trigger=Trigger.MANUAL,
    )  # fmt: skip


@pytest.fixture
def viewer(project):
    return MembershipFactory(organization=project.organization, role=Role.VIEWER).user
