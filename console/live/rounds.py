"""Counting how often a group of the layer was told of something, for all sockets that look at the same."""

import asyncio
import contextlib

from console.live.hints import Hints

#: Sockets are told at most so often; the first change goes out at once.
ROUND_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0


class Rounds:
    """Wakes its watchers when the group was told something, and counts how often that was."""

    def __init__(self, group: str) -> None:
        self.watchers: set[asyncio.Event] = set()
        self.round = 0
        self._hints = Hints(group)
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
