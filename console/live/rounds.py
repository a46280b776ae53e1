"""Counting how often a group of the layer was told of something, for all sockets that look at the same."""

import asyncio

from console.live.hints import Hint
from console.live.watched import Hub

#: Sockets are told at most so often; the first change goes out at once.
ROUND_SECONDS = 0.5
#: After so long without a hint it is looked whether there is one, which costs nothing.
_PATIENCE_SECONDS = 60.0


class Rounds(Hub):
    """Wakes its watchers when the group was told something, and counts how often that was."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.round = 0

    async def listening(self, seconds: float) -> bool:
        return await self._hints.listening(seconds)

    def _gather(self, hints: list[Hint]) -> None:
        """Take in what a round consists of, before it is counted. Here nothing of it is kept."""

    async def _follow(self) -> None:
        while True:
            if await self._hints.wait(_PATIENCE_SECONDS):
                self._gather(self._hints.take())
                self.round += 1
                self._wake()
                await asyncio.sleep(ROUND_SECONDS)
