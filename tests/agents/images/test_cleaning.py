"""What is kept of a machine's images, and what goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.images.cleaning import clean
from agents.models import AgentImage, AgentRunStatus, ImageState
from agents.services.agents import agent_archive, agent_publish, agent_update
from sandboxes.image_shelf import ImageWords
from tests.factories import AgentRunFactory
from tests.support.code import HELLO

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = {"source": {"kind": "paste", "code": HELLO}}


def make_old() -> None:
    AgentImage.objects.update(finished_at=timezone.now() - timedelta(days=30), used_at=None)


def test_an_image_that_a_draft_names_is_kept(built):
    make_old()
    assert (clean(), AgentImage.objects.count()) == (0, 1)


def test_an_image_that_a_version_names_is_kept(admin, agent, built):
    agent_publish(actor=admin, agent=agent)
    agent_update(actor=admin, agent=agent, name="hello", spec=PLAIN)
    make_old()
    assert (clean(), AgentImage.objects.count()) == (0, 1)


def test_an_image_that_nothing_names_goes_after_a_while(admin, agent, built, machine):
    agent_update(actor=admin, agent=agent, name="hello", spec=PLAIN)
    assert clean() == 0
    make_old()
    assert (clean(), AgentImage.objects.count(), machine.shelf.kept) == (1, 0, {})


def test_what_a_run_under_way_pins_is_kept_even_of_an_archived_agent(admin, agent, built, project):
    version = agent_publish(actor=admin, agent=agent)
    run = AgentRunFactory(project=project, agent=agent, version=version, status=AgentRunStatus.QUEUED)
    agent.refresh_from_db()
    agent_archive(actor=admin, agent=agent)
    make_old()
    assert clean() == 0
    type(run).objects.update(status=AgentRunStatus.COMPLETED)
    assert clean() == 1


def test_an_image_on_which_something_runs_is_kept(admin, agent, built, machine):
    agent_update(actor=admin, agent=agent, name="hello", spec=PLAIN)
    make_old()
    machine.shelf.in_use.add(built.image)
    assert (clean(), AgentImage.objects.count()) == (0, 1)


def test_an_image_that_was_removed_behind_our_back_is_not_built(built, machine):
    machine.shelf.kept.clear()
    clean()
    built.refresh_from_db()
    assert (built.state, built.image) == (ImageState.NOT_BUILT, "")


def test_an_image_on_an_earlier_base_is_outdated_and_still_there(built, machine):
    machine.shelf.base_digest = "sha256:newer"
    clean()
    built.refresh_from_db()
    assert (built.state, built.is_outdated) == (ImageState.READY, True)
    machine.shelf.base_digest = "sha256:base"
    clean()
    built.refresh_from_db()
    assert not built.is_outdated


def test_what_no_row_speaks_of_goes(built, machine):
    stray = machine.shelf.keep(ImageWords("img_01K9X4Z7QD8M3V5T2B6N8C1F0A")).digest
    rebuilt = machine.shelf.keep(ImageWords(built.public_id)).digest
    assert clean() == 2
    assert {stray, rebuilt} & set(machine.shelf.kept) == set()
    assert built.image in machine.shelf.kept


def test_images_of_another_machine_are_left_alone(built, machine):
    AgentImage.objects.update(place="another", image="sha256:elsewhere")
    machine.shelf.kept.clear()
    make_old()
    clean()
    built.refresh_from_db()
    assert (built.state, built.image) == (ImageState.READY, "sha256:elsewhere")
