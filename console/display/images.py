"""The image of an agent as its page shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agents.images.logs import LogLines, lines_after, tail_of
from agents.images.queries import image_of_agent, published_image_of_agent
from agents.models import Agent, AgentImage, ImageState
from console.access import Actor

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: The status by which each state is shown, and its words.
_LOOKS = {
    ImageState.NOT_BUILT: ("draft", "Not built"),
    ImageState.BUILDING: ("running", "Building…"),
    ImageState.READY: ("ok", "Ready"),
    ImageState.FAILED: ("broken", "Build failed"),
}


@dataclass(frozen=True, slots=True)
class ImageCard:
    """What there is of the image of an agent's draft. `lines` are those of the log that are shown."""

    agent: Agent
    dockerfile: str
    image: AgentImage | None
    lines: list[str]
    last_line: int = 0
    #: The image that runs take, where that is another one.
    published: AgentImage | None = None
    is_published_another: bool = False

    @property
    def state(self) -> str:
        return str(self.image.state) if self.image else ImageState.NOT_BUILT.value

    @property
    def status(self) -> str:
        return _LOOKS[ImageState(self.state)][0]

    @property
    def word(self) -> str:
        return _LOOKS[ImageState(self.state)][1]

    @property
    def is_building(self) -> bool:
        return self.state == ImageState.BUILDING

    @property
    def is_ready(self) -> bool:
        return self.state == ImageState.READY

    @property
    def has_failed(self) -> bool:
        return self.state == ImageState.FAILED

    @property
    def text(self) -> str:
        """Return the lines of the log, each with its end."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def published_word(self) -> str:
        state = self.published.state if self.published else ImageState.NOT_BUILT
        return _LOOKS[ImageState(state)][1]

    @property
    def socket_state(self) -> str:
        """Return what the page has been told, in the words of the socket."""
        return f"{self.state} {self.image.build if self.image else 0}"


def image_card(actor: Actor, agent: Agent) -> ImageCard | None:
    """Return the card of an agent's image; None where neither its draft nor its latest version has a Dockerfile."""
    body = str(agent.draft.get("dockerfile", ""))
    runs_on = str(agent.latest.spec.get("dockerfile", "")) if agent.latest else body
    if not (body or runs_on):
        return None
    image = image_of_agent(actor, agent)
    published = published_image_of_agent(actor, agent) if runs_on and runs_on != body else None
    is_another = bool(runs_on) and runs_on != body and (published is None or image is None or published.pk != image.pk)
    pieces = _shown_pieces(image)
    last = pieces[-1].last if pieces else 0
    lines = tail_of(image) if image and image.state == ImageState.FAILED else _texts(pieces)
    return ImageCard(agent, body, image, [plain(line) for line in lines], last, published, is_another)


def plain(text: str) -> str:
    """Return a line as a terminal would leave it: what was written over is gone, and so are colours."""
    return _STEERING.sub("", text.rstrip("\r").rpartition("\r")[2])


def _shown_pieces(image: AgentImage | None) -> list[LogLines]:
    return lines_after(image, 0) if image and image.state == ImageState.BUILDING else []


def _texts(pieces: Iterable[LogLines]) -> list[str]:
    return [text for piece in pieces for text in piece.lines]
