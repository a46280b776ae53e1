"""One listener a watched project and process: it gathers which runs have changed, for all open lists."""

import asyncio
import contextlib
import uuid
from collections import deque

from console.live.announcer import project_group
from console.live.hints import Hint, Hints
from console.live.watched import Watched

#: Lists are told at most so often; the first change goes out at once.
ROUND_SECONDS = 0.5
#: After so long without a hint it is looked whether there is one, which costs nothing.
_PATIENCE_SECONDS = 60.0
_ROUNDS_KEPT = 64

#: Public ids of runs; None stands for more than can be named.
Changed = frozenset[str] | None


class ProjectFeed:
    """Knows for each of the last rounds which runs changed in it."""

    def __init__(self, project_id: uuid.UUID) -> None:
        self.watchers: set[asyncio.Event] = set()
        self.round = 0
        self._rounds: deque[Changed] = deque(maxlen=_ROUNDS_KEPT)
        self._hints = Hints(project_group(project_id))
        self._task = asyncio.create_task(self._follow())

    def since(self, position: int) -> Changed:
        """Return what has changed behind a round."""
        missed = self.round - position
        rounds = list(self._rounds)[-missed:] if missed else []
        if missed > len(rounds) or any(changed is None for changed in rounds):
            return None
        return frozenset().union(*(changed for changed in rounds if changed))

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
                self._rounds.append(_merged(self._hints.take()))
                self.round += 1
                for watcher in self.watchers:
                    watcher.set()
                await asyncio.sleep(ROUND_SECONDS)


def _merged(hints: list[Hint]) -> Changed:
    found: set[str] = set()
    for hint in hints:
        runs = hint.get("runs")
        if not isinstance(runs, list):
            return None
        found.update(map(str, runs))
    return frozenset(found)


project_feeds = Watched(ProjectFeed)
