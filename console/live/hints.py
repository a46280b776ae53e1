"""Listening to the channel layer, through its being away and back."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping

from console.live.layer import layer

log = logging.getLogger(__name__)

Hint = Mapping[str, object]

#: A layer that is away is tried again this often.
AGAIN_SECONDS = 2.0
#: Hints kept for somebody who does not take them; the oldest go first.
_MOST_KEPT = 1_000


class Hints:
    """What a group of the layer is told, from now on, until it is closed.

    It listens in a task of its own: the layer takes a `receive` that is given up for the end of its channel.
    """

    def __init__(self, group: str) -> None:
        self._group = group
        self._heard: deque[Hint] = deque(maxlen=_MOST_KEPT)
        self._has_news = asyncio.Event()
        self._is_listening = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def listening(self, seconds: float) -> bool:
        """Wait until nothing is missed any more; return whether it came to that within `seconds`."""
        return await _within(seconds, self._is_listening)

    async def wait(self, seconds: float) -> bool:
        """Wait for a hint that was not taken yet; return whether there is one."""
        return await _within(seconds, self._has_news)

    def take(self) -> list[Hint]:
        """Return the hints since the last time."""
        self._has_news.clear()
        heard, self._heard = list(self._heard), deque(maxlen=_MOST_KEPT)
        return heard

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except Exception as error:  # noqa: BLE001  # whatever the layer raises, who waits looks by himself
                log.warning("no hints for %s: %s", self._group, error)
            self._is_listening.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        told = layer()
        channel = await told.new_channel()
        try:
            await told.group_add(self._group, channel)
            self._is_listening.set()
            while True:
                self._heard.append(await told.receive(channel))
                self._has_news.set()
        finally:
            with contextlib.suppress(Exception):
                await told.group_discard(self._group, channel)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return event.is_set()
