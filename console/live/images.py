"""Telling the open pages of an image that its build has moved on, and what there is behind a line of its log."""

import json
import uuid

from agents.images.logs import lines_after
from agents.models import AgentImage
from console.live.announcer import announce_group
from console.live.rounds import Rounds
from console.live.watched import Watched


def image_group(image_id: uuid.UUID) -> str:
    return f"image.{image_id.hex}"


def announce(image_id: uuid.UUID) -> None:
    """Have whoever watches an image look again. Returns at once; never raises."""
    announce_group(image_group(image_id))


class ImageFeed(Rounds):
    """Counts how often an image's state or log has changed, for all pages that show it."""

    def __init__(self, image_id: uuid.UUID) -> None:
        super().__init__(image_group(image_id))


image_feeds = Watched(ImageFeed)


class Seen:
    """What one socket was sent of an image: which build, up to which line, and in which state it was then."""

    def __init__(self, *, build: int = 0, line: int = 0, state: str = "") -> None:
        self.build, self.line, self.state = build, line, state

    def news(self, image_id: uuid.UUID) -> list[str]:
        """Return the messages that bring the socket to where the image is; none where nothing has changed."""
        image = AgentImage.objects.filter(pk=image_id).first()
        if image is None:
            return []
        if image.build != self.build:
            self.build, self.line = image.build, 0
        state = json.dumps([image.state, image.build, image.step, bool(image.worker)])
        messages = list(self._log(image))
        if state != self.state:
            self.state = state
            messages.append(
                json.dumps({
                    "type": "image", "state": image.state, "build": image.build, "step": image.step,
                    "steps": image.step_count,
                })
            )  # fmt: skip
        return messages

    def _log(self, image: AgentImage) -> list[str]:
        messages = []
        while pieces := lines_after(image, self.line):
            first, self.line = pieces[0].first, pieces[-1].last
            lines = [{"stream": piece.stream, "text": text} for piece in pieces for text in piece.lines]
            messages.append(
                json.dumps({"type": "log", "build": image.build, "first": first, "last": self.line, "lines": lines})
            )
        return messages
