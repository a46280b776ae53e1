"""A worker's part: what it notes of a build that ends well, fails, is wanted no more, or is not its own."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.images import building, holding, states, waking
from agents.images.logs import lines_after, tail_of
from agents.images.states import WORKER_LOST
from agents.models import AgentImage, ImageLogPiece, ImageState
from agents.services.agents import agent_register
from agents.services.images import image_build, image_build_cancel
from console.models import Notification
from sandboxes.backends.fake import FakeReply
from tests.agents.images.conftest import BODY
from tests.factories import MembershipFactory
from tests.support.code import HELLO

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(admin, agent, woken) -> AgentImage:
    return image_build(actor=admin, agent=agent)


def test_a_build_that_ends_well_is_ready_with_its_digest_and_log(image, machine):
    machine.answers["apt-get"] = FakeReply(stdout="Setting up jq é\n".encode())
    building.build(image.pk)
    image.refresh_from_db()
    assert (image.state, image.image, image.base) == (ImageState.READY, f"sha256:{1:064x}", "sha256:base")
    assert (image.step, image.step_count, image.size_bytes, image.place) == (2, 2, 1_000, "fake")
    assert "Setting up jq é" in tail_of(image)
    assert machine.shelf.kept[image.image].name == image.public_id


def test_chip_shows_build_failed_with_the_line_and_the_tail_of_the_log(image, machine):
    machine.answers["apt-get"] = FakeReply(100, stderr=b"E: are you root?\n")
    building.build(image.pk)
    image.refresh_from_db()
    assert (image.state, image.error) == (ImageState.FAILED, "Line 1: The command ended with exit code 100.")
    assert tail_of(image)[-1] == "E: are you root?"


def test_a_failed_image_can_be_rebuilt_and_its_old_log_is_gone(admin, agent, image, machine):
    machine.answers["apt-get"] = FakeReply(100, stderr=b"first time\n")
    building.build(image.pk)
    machine.answers.clear()
    image_build(actor=admin, agent=agent)
    building.build(image.pk)
    image.refresh_from_db()
    assert (image.state, image.build, image.error) == (ImageState.READY, 2, "")
    assert "first time" not in tail_of(image)
    assert set(ImageLogPiece.objects.values_list("build", flat=True)) == {2}


def test_an_identical_dockerfile_already_built_in_the_organization_is_reused(admin, built, machine):
    same = agent_register(
        actor=admin, name="same",
        spec={"source": {"kind": "paste", "code": HELLO}, "dockerfile": f"# a comment\n\n{BODY}"},
    )  # fmt: skip
    found = image_build(actor=admin, agent=same)
    assert (found.pk, found.state, found.build) == (built.pk, ImageState.READY, 1)
    assert len(machine.backend.opened) == 1


def test_a_ready_image_is_built_again_where_that_is_asked_for_or_the_base_has_changed(admin, agent, built, woken):
    assert image_build(actor=admin, agent=agent, rebuild=True).state == ImageState.BUILDING
    building.build(built.pk)
    AgentImage.objects.update(is_outdated=True)
    assert image_build(actor=admin, agent=agent).build == 3


def test_a_machine_that_can_open_no_sandbox_fails_the_build_with_its_reason(image, machine):
    machine.shelf.free = 0
    building.build(image.pk)
    image.refresh_from_db()
    assert image.state == ImageState.FAILED
    assert "free" in image.error


def test_the_log_can_be_read_behind_a_line(image, machine):
    machine.answers["apt-get"] = FakeReply(stdout="".join(f"line {number}\n" for number in range(1_500)).encode())
    building.build(image.pk)
    image.refresh_from_db()
    first = lines_after(image, 0)
    rest = lines_after(image, first[-1].last)
    numbers = [piece.first for piece in [*first, *rest]]
    assert numbers == sorted(numbers)
    assert first[0].first == 1
    assert rest[0].first == first[-1].last + 1


def test_a_dockerfile_that_later_rules_refuse_fails_and_does_not_wait_for_ever(image):
    AgentImage.objects.update(dockerfile="FROM debian")
    building.build(image.pk)
    image.refresh_from_db()
    assert (image.state, image.error[:12]) == (ImageState.FAILED, "Line 1: FROM")


def test_asking_again_while_it_is_built_leaves_the_log_alone(admin, agent, image):
    claim = states.claim(image.pk, worker="me")
    ImageLogPiece.objects.create(
        organization_id=image.organization_id, owner=image, build=claim.build, first=1, stream="stdout", lines=["here"]
    )
    assert not states.begin(image)
    image.refresh_from_db()
    assert tail_of(image) == ["here"]


def test_a_build_is_taken_by_one_worker(image, machine):
    assert states.claim(image.pk, worker="other:1")
    building.build(image.pk)
    assert machine.backend.opened == []


def test_a_message_that_comes_twice_builds_once(image, machine):
    building.build(image.pk)
    building.build(image.pk)
    assert len(machine.backend.opened) == 1


def test_a_build_that_is_cancelled_ends_and_leaves_nothing(admin, agent, image, machine, monkeypatch):
    monkeypatch.setattr(holding, "RENEW_SECONDS", 0.05)
    machine.answers["apt-get"] = FakeReply(lasts_seconds=60)
    worker = threading.Thread(target=_build_in_a_thread, args=(image.pk,))
    worker.start()
    _wait_for(lambda: AgentImage.objects.get().step == 1)
    image_build_cancel(actor=admin, agent=agent)
    worker.join(20)
    assert not worker.is_alive()
    image.refresh_from_db()
    assert (image.state, machine.shelf.kept) == (ImageState.NOT_BUILT, {})
    assert all(sandbox.is_closed for sandbox in machine.backend.opened)


def test_an_image_that_was_wanted_no_more_when_it_was_done_is_removed(image, machine):
    claim = states.claim(image.pk, worker="me")
    states.cancel(image.pk, by="Ada")
    outcome = building._built(machine.backend, _job(image, machine))
    building._note(claim, outcome)
    image.refresh_from_db()
    assert (image.state, machine.shelf.kept) == (ImageState.NOT_BUILT, {})


def test_a_worker_whose_claim_ran_out_leaves_the_build_failed_and_not_stuck(image, admin, agent):
    claim = states.claim(image.pk, worker="dead:1")
    AgentImage.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    waking.sweep()
    image.refresh_from_db()
    assert (image.state, image.error) == (ImageState.FAILED, WORKER_LOST)
    assert not states.renew(claim)
    assert not states.failed(claim, "too late")
    assert image_build(actor=admin, agent=agent).state == ImageState.BUILDING


def test_a_build_whose_message_was_lost_is_sent_again(image, woken):
    woken.clear()
    waking.sweep()
    assert woken == []
    AgentImage.objects.update(requested_at=timezone.now() - timedelta(seconds=60))
    waking.sweep()
    assert woken == [image.pk]


@pytest.mark.parametrize(("exit_code", "kind", "words"), [(0, "image_ready", "is ready"), (1, "image_failed", "built")])
def test_whoever_asked_for_a_build_is_told_how_it_ended(project, admin, agent, machine, woken, exit_code, kind, words):
    person = MembershipFactory(organization=project.organization).user
    asker = type(admin)(organization_id=admin.organization_id, user_id=person.pk, label="Ada", roles=admin.roles)
    machine.answers["apt-get"] = FakeReply(exit_code)
    building.build(image_build(actor=asker, agent=agent).pk)
    note = Notification.objects.get()
    assert (note.user_id, note.kind, note.url) == (person.pk, kind, f"/agents/{agent.public_id}")
    assert words in note.title


def test_nobody_is_told_who_has_left(admin, agent, machine, woken):
    building.build(image_build(actor=admin, agent=agent).pk)
    assert Notification.objects.count() == 0


def _job(image, machine):
    from sandboxes.dockerfile import parse  # noqa: PLC0415
    from sandboxes.image_build import BuildJob  # noqa: PLC0415

    return BuildJob(parse(image.dockerfile), image.public_id, {"image": "x"}, 10, 10**9, 0, lambda *_: None)


def _build_in_a_thread(key) -> None:
    from django.db import connection  # noqa: PLC0415

    try:
        building.build(key)
    finally:
        connection.close()


def _wait_for(condition) -> None:
    done = threading.Event()
    for _ in range(200):
        if condition():
            return
        done.wait(0.05)
    raise AssertionError("it did not come to that")
