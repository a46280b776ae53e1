"""Which image a run takes: the one that was built of its version's Dockerfile, or none at all."""

import pytest

from agents.errors import AgentRunFailed, FailureCode
from agents.images.resolving import image_of
from agents.models import AgentImage, ImageState
from agents.spec import parse_spec
from sandboxes import registry
from sandboxes.backends.bubblewrap.backend import BubblewrapBackend
from sandboxes.base import BackendConfig
from tests.agents.images.conftest import BODY
from tests.factories import OrganizationFactory
from tests.support.code import HELLO

pytestmark = pytest.mark.django_db(transaction=True)

SPEC = parse_spec({"source": {"kind": "paste", "code": HELLO}, "dockerfile": BODY})


def failure(organization_id) -> AgentRunFailed:
    with pytest.raises(AgentRunFailed) as raised:
        image_of(organization_id, SPEC)
    return raised.value


def test_a_run_without_a_dockerfile_takes_the_default_image(admin, machine):
    assert image_of(admin.organization_id, parse_spec({"source": {"kind": "paste", "code": HELLO}})) is None


def test_runs_with_a_dockerfile_are_pinned_to_the_built_image(admin, built):
    assert image_of(admin.organization_id, SPEC) == built.image == f"sha256:{1:064x}"
    built.refresh_from_db()
    assert built.used_at is not None


def test_failed_image_not_ready_when_the_image_was_never_built(admin, machine):
    assert failure(admin.organization_id).code is FailureCode.IMAGE_NOT_READY
    assert "Build the image" in failure(admin.organization_id).failure.fix


def test_failed_image_not_ready_while_the_image_is_still_building(admin, built):
    AgentImage.objects.update(state=ImageState.BUILDING)
    found = failure(admin.organization_id)
    assert (found.code, found.detail) == (FailureCode.IMAGE_NOT_READY, "It is still being built.")


def test_failed_image_not_ready_after_a_build_was_cancelled(admin, built):
    AgentImage.objects.update(state=ImageState.NOT_BUILT)
    assert failure(admin.organization_id).code is FailureCode.IMAGE_NOT_READY


def test_failed_image_build_failed_when_dispatch_was_attempted_after_a_failed_build(admin, built):
    AgentImage.objects.update(state=ImageState.FAILED, error="Line 1: The command ended with exit code 100.")
    found = failure(admin.organization_id)
    assert (found.code, found.detail) == (
        FailureCode.IMAGE_BUILD_FAILED, "Line 1: The command ended with exit code 100.",
    )  # fmt: skip


def test_an_image_that_the_worker_does_not_have_is_not_ready(admin, built, machine):
    machine.shelf.kept.clear()
    assert failure(admin.organization_id).code is FailureCode.IMAGE_NOT_READY


def test_another_organization_does_not_take_our_image(built):
    assert failure(OrganizationFactory().pk).code is FailureCode.IMAGE_NOT_READY


def test_a_worker_with_bubblewrap_alone_opens_nothing_and_names_docker(admin, built, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "choose", lambda *_: BubblewrapBackend(BackendConfig(tmp_path)))
    found = failure(admin.organization_id)
    assert (found.code, "docker" in found.detail) == (FailureCode.SANDBOX_UNAVAILABLE, True)
