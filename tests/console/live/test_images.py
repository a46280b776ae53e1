"""What a socket is sent of an image."""

import json

import pytest

from agents.images import states
from agents.images.logs import sink_of
from agents.models import AgentImage
from console.live.images import Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(project) -> AgentImage:
    made = AgentImage.objects.create(organization=project.organization, digest="d", dockerfile="RUN true")
    states.begin(made)
    made.refresh_from_db()
    return made


def told(seen: Seen, image: AgentImage) -> list[dict]:
    return [json.loads(message) for message in seen.news(image.pk)]


def say(image: AgentImage, text: str) -> None:
    claim = states.Claim(image.pk, image.build, "w:1")
    sink = sink_of(claim, image.organization_id)
    sink.line_count = image.log.count()
    sink.put("stdout", text)
    sink.drain()


def test_it_is_told_the_state_once_and_then_what_changes(image):
    seen = Seen()
    assert [message["state"] for message in told(seen, image)] == ["building"]
    assert told(seen, image) == []
    claim = states.claim(image.pk, worker="w:1")
    states.note_step(claim, 1, of=2)
    assert told(seen, image) == [{"type": "image", "state": "building", "build": 1, "step": 1, "steps": 2}]
    states.failed(claim, "no")
    assert [message["state"] for message in told(seen, image)] == ["failed"]


def test_lines_come_once_and_in_order(image):
    seen = Seen(build=1)
    say(image, "one\n")
    log, _ = told(seen, image)
    say(image, "two\n")
    (more,) = told(seen, image)
    assert [(item["first"], item["last"], item["lines"][0]["text"]) for item in (log, more)] == [
        (1, 1, "one"), (2, 2, "two"),
    ]  # fmt: skip


def test_a_reader_that_comes_back_goes_on_where_it_stood(image):
    say(image, "one\n")
    say(image, "two\n")
    log = told(Seen(build=1, line=1), image)[0]
    assert [line["text"] for line in log["lines"]] == ["two"]


def test_a_reader_of_an_earlier_build_gets_all_of_the_present_one(image):
    say(image, "one\n")
    log = told(Seen(build=0, line=500), image)[0]
    assert (log["build"], log["first"]) == (1, 1)


def test_of_an_image_that_is_gone_nothing_is_told(image):
    image.delete()
    assert Seen().news(image.pk) == []
