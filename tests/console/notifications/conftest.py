from collections.abc import Callable

import pytest

from agents.models import ModelDefaults
from console.access import Actor, Role
from console.models import User
from orchestration import views
from orchestration.models import Run
from orchestration.services.stages import TemplateWords, stages_start, template_create
from tests.engine.stages.conftest import GATED, POLISH, worked
from tests.factories import MembershipFactory


@pytest.fixture(autouse=True)
def _offline(project):
    views._views.clear()
    views.graph_of.cache_clear()
    ModelDefaults.objects.create(organization_id=project.organization_id, agent="builtin/rules")


@pytest.fixture
def paused(project, admin) -> Callable[..., Run]:
    """Start a run that waits at a gate."""
    made = 0

    def start(*stages) -> Run:
        nonlocal made
        made += 1
        pipeline = template_create(
            actor=admin, project=project, words=TemplateWords(f"Letters {made}"),
            definition={"stages": [*(stages or (GATED, POLISH))]},
        )  # fmt: skip
        return worked(stages_start(actor=admin, pipeline=pipeline, description="A greeting"))

    return start


@pytest.fixture
def member(project) -> User:
    return MembershipFactory(organization=project.organization, role=Role.MEMBER).user


def actor_for(user: User, role: Role = Role.MEMBER) -> Actor:
    organization_id = user.memberships.get().organization_id
    return Actor(organization_id, user_id=user.pk, label=str(user), roles={None: role})
