"""What several sockets of a process look at together: made for the first, kept a little after the last."""

import asyncio
import contextlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from console.live.hints import Hints

#: Something that nobody watches any more is kept for a page that is being reloaded.
LINGER_SECONDS = 5.0


class Hub(ABC):
    """Follows, in a task of its own, what a group of the layer is told, and wakes those who watch."""

    def __init__(self, group: str) -> None:
        self.watchers: set[asyncio.Event] = set()
        self._hints = Hints(group)
        self._task = asyncio.create_task(self._follow())

    @abstractmethod
    async def _follow(self) -> None:
        """Take the hints as they come, until it is cancelled."""

    def _wake(self) -> None:
        for watcher in self.watchers:
            watcher.set()

    @property
    def is_dead(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._hints.close()


AnyHub = TypeVar("AnyHub", bound=Hub)


class Watched(Generic[AnyHub]):
    """The hubs of one kind in this process, by the row they follow."""

    def __init__(self, make: Callable[[uuid.UUID], AnyHub]) -> None:
        self._make = make
        self._hubs: dict[uuid.UUID, AnyHub] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def watching(self) -> int:
        """How many sockets look at hubs of this kind."""
        return sum(len(hub.watchers) for hub in self._hubs.values())

    @contextlib.asynccontextmanager
    async def watch(self, key: uuid.UUID, wake: asyncio.Event) -> AsyncIterator[AnyHub]:
        """Give a socket a hub for as long as it is open; the hub sets `wake` when there is something new."""
        hub = self._hubs.get(key)
        if hub is None or hub.is_dead:
            hub = self._hubs[key] = self._make(key)
        hub.watchers.add(wake)
        try:
            yield hub
        finally:
            hub.watchers.discard(wake)
            if not hub.watchers:
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._drop, key, hub)

    def _drop(self, key: uuid.UUID, hub: AnyHub) -> None:
        if hub.watchers:
            return
        if self._hubs.get(key) is hub:
            del self._hubs[key]
        task = asyncio.ensure_future(hub.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
