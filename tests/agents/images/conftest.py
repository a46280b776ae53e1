"""Workers that build in sandboxes in which nothing runs: what a command answers is up to the test."""

import pytest

from agents.images import building
from agents.models import AgentImage
from agents.services.agents import agent_register
from agents.services.images import image_build
from sandboxes import registry
from sandboxes.backends.fake import FakeBackend, FakeReply
from tests.support.code import HELLO

BODY = "RUN sudo apt-get update && sudo apt-get install -y jq\nENV A=1\n"


class Machine:
    """`backend` is what the worker's machine has; `answers` are replies by a part of the command."""

    def __init__(self) -> None:
        self.answers: dict[str, FakeReply] = {}
        self.backend = FakeBackend(answer=self._answer)

    @property
    def shelf(self):
        return self.backend.shelf()

    def _answer(self, command, _files):
        text = " ".join(command.argv)
        return next((reply for part, reply in self.answers.items() if part in text), FakeReply())


@pytest.fixture
def machine(monkeypatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(registry, "choose", lambda *_: made.backend)
    return made


@pytest.fixture
def agent(admin, machine):
    spec = {"source": {"kind": "paste", "code": HELLO}, "dockerfile": BODY}
    return agent_register(actor=admin, name="hello", spec=spec)


@pytest.fixture
def woken(monkeypatch) -> list:
    """The keys of the images for which workers were woken; nobody is."""
    keys: list = []
    monkeypatch.setattr("agents.services.images.wake", keys.append)
    monkeypatch.setattr("agents.images.waking.wake", keys.append)
    return keys


@pytest.fixture
def built(admin, agent, woken) -> AgentImage:
    """The agent's image, built."""
    image = image_build(actor=admin, agent=agent)
    building.build(image.pk)
    image.refresh_from_db()
    return image
