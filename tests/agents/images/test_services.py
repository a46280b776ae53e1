"""Asking for a build, and wanting it no more."""

import pytest

from agents.errors import AgentInvalid
from agents.images import building
from agents.images.errors import BuildUnderWay, ImagesUnavailable, NoBuildUnderWay, NoDockerfile
from agents.models import AgentImage, ImageState
from agents.services.agents import agent_register, agent_update
from agents.services.images import image_build, image_build_cancel
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from sandboxes.capabilities import Capabilities, Wish
from tests.agents.images.conftest import BODY
from tests.factories import OrganizationFactory
from tests.support.code import HELLO

pytestmark = pytest.mark.django_db


def another(admin, body, name="other"):
    spec = {"source": {"kind": "paste", "code": HELLO}, "dockerfile": body}
    return agent_register(actor=admin, name=name, spec=spec)


def test_a_build_that_is_asked_for_waits_for_a_worker(admin, agent, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        image = image_build(actor=admin, agent=agent)
    assert (image.state, image.build, image.worker, image.requested_by) == (ImageState.BUILDING, 1, "", "Ada")
    assert woken == [image.pk]
    assert AuditEntry.objects.filter(action="image.build", target_id=agent.public_id).count() == 1


def test_build_request_returns_409_while_another_image_of_the_organization_is_built(admin, agent, woken):
    image = image_build(actor=admin, agent=agent)
    other = another(admin, "RUN true")
    with pytest.raises(BuildUnderWay, match=r"The image of hello is being built, .* one at a time") as raised:
        image_build(actor=admin, agent=other)
    assert raised.value.details == {"image": image.public_id, "agent": agent.public_id}


def test_build_request_returns_409_while_the_same_image_is_built(admin, agent, woken):
    image_build(actor=admin, agent=agent)
    with pytest.raises(BuildUnderWay):
        image_build(actor=admin, agent=agent)
    assert AgentImage.objects.get().build == 1


def test_two_organizations_build_at_the_same_time(admin, agent, woken):
    image_build(actor=admin, agent=agent)
    stranger = Actor(organization_id=OrganizationFactory().pk, label="Eve", roles={None: Role.ORG_ADMIN})
    other = another(stranger, BODY)
    assert image_build(actor=stranger, agent=other).state == ImageState.BUILDING
    assert AgentImage.objects.filter(state=ImageState.BUILDING).count() == 2


def test_an_agent_on_the_default_image_has_nothing_to_build(admin, agent):
    agent_update(actor=admin, agent=agent, name="hello", spec={"source": {"kind": "paste", "code": HELLO}})
    with pytest.raises(NoDockerfile):
        image_build(actor=admin, agent=agent)


def test_a_cancelled_build_is_not_built_and_says_by_whom(admin, agent, woken):
    image_build(actor=admin, agent=agent)
    image = image_build_cancel(actor=admin, agent=agent)
    assert (image.state, image.error) == (ImageState.NOT_BUILT, "The build was cancelled by Ada.")
    building.build(image.pk)
    image.refresh_from_db()
    assert image.state == ImageState.NOT_BUILT
    with pytest.raises(NoBuildUnderWay):
        image_build_cancel(actor=admin, agent=agent)


def test_only_those_who_may_register_agents_may_build(admin, agent, woken):
    member = Actor(organization_id=admin.organization_id, roles={None: Role.MEMBER})
    for act in (image_build, image_build_cancel):
        with pytest.raises(NotAllowed):
            act(actor=member, agent=agent)
    owner = Actor(organization_id=admin.organization_id, label="Pia", roles={None: Role.PROJECT_ADMIN_OWNER})
    assert image_build(actor=owner, agent=agent).requested_by == "Pia"


def test_a_dockerfile_with_mistakes_is_refused_with_every_line(admin, machine):
    with pytest.raises(AgentInvalid) as raised:
        another(admin, "FROM debian\nRUN true\nCOPY . /x\n")
    assert [(problem.dotted_path, problem.message[:8]) for problem in raised.value.problems] == [
        ("dockerfile", "Line 1: "), ("dockerfile", "Line 3: "),
    ]  # fmt: skip


def test_in_bubblewrap_mode_a_dockerfile_is_refused_at_save_and_docker_is_named(admin, agent, monkeypatch):
    only = Capabilities("bubblewrap", {Wish.IMAGE: "none"})
    monkeypatch.setattr("agents.images.availability.machines", lambda: [only])
    with pytest.raises(AgentInvalid, match="docker"):
        another(admin, BODY)
    with pytest.raises(ImagesUnavailable, match="docker"):
        image_build(actor=admin, agent=agent)


def test_an_installation_with_one_docker_machine_takes_dockerfiles(admin, machine, monkeypatch):
    found = [Capabilities("bubblewrap", {Wish.IMAGE: "none"}), Capabilities("docker")]
    monkeypatch.setattr("agents.images.availability.machines", lambda: found)
    assert another(admin, BODY).draft["dockerfile"] == BODY


def test_an_agent_without_a_dockerfile_is_stored_as_before_there_were_any(admin, machine):
    plain = agent_register(actor=admin, name="plain", spec={"source": {"kind": "paste", "code": HELLO}})
    blank = agent_register(
        actor=admin, name="blank", spec={"source": {"kind": "paste", "code": HELLO}, "dockerfile": " \n"}
    )
    assert "dockerfile" not in plain.draft
    assert plain.draft == blank.draft
