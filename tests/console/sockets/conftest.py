import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from console.access import Role
from console.live import feed, hub
from console.live.people import person_feeds
from orchestration.models import Run, Trigger
from orchestration.states import RunStatus
from tests.factories import MembershipFactory, PipelineVersionFactory


@pytest.fixture(autouse=True)
def _hubs():
    """Each test has a loop of its own, and so hubs of its own. Channels' communicator leaves connections open."""
    yield
    hub.run_hubs._hubs.clear()
    feed.project_feeds._hubs.clear()
    person_feeds._hubs.clear()
    asyncio.run(sync_to_async(connections.close_all)())


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
