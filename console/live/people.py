"""Telling the open pages of a person that what they are notified of has changed."""

import asyncio
import contextlib
import uuid
from collections.abc import Iterable

from console.live.announcer import announce_to, person_group
from console.live.hints import Hints
from console.live.watched import Watched

#: Pages are told at most so often; the first change goes out at once.
ROUND_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0


def tell_people(user_ids: Iterable[uuid.UUID]) -> None:
    """Have the pages of these people look again. Returns at once; never raises."""
    announce_to(user_ids)


class PersonFeed:
    """Counts how often a person's notifications have changed, for all pages that they have open."""

    def __init__(self, user_id: uuid.UUID) -> None:
        self.watchers: set[asyncio.Event] = set()
        self.round = 0
        self._hints = Hints(person_group(user_id))
        self._task = asyncio.create_task(self._follow())

    async def listening(self, seconds: float) -> bool:
        return await self._hints.listening(seconds)

    @property
    def is_dead(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._hints.close()

    async def _follow(self) -> None:
        while True:
            if await self._hints.wait(_PATIENCE_SECONDS):
                self._hints.take()
                self.round += 1
                for watcher in self.watchers:
                    watcher.set()
                await asyncio.sleep(ROUND_SECONDS)


person_feeds = Watched(PersonFeed)
