"""One reader a watched run and process: it reads each event once, however many sockets look on."""

import asyncio
import contextlib
import logging
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from channels.db import database_sync_to_async

from console.live.announcer import ROUND_SECONDS, run_group
from console.live.frames import BLOCK, Frame, frame_of
from console.live.layer import layer
from orchestration.queries import EventRow, events_after, head_of

log = logging.getLogger(__name__)

#: A lost hint is made up for by looking this often.
POLL_SECONDS = 2.0
#: A hub that nobody watches any more is kept for a page that is being reloaded.
LINGER_SECONDS = 5.0
#: Events kept in memory; whoever is further behind is served from the database.
MOST_KEPT = 5_000
_FRAMES_KEPT = 64


class RunHub:
    """Follows one run and wakes the sockets that watch it."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self.run_id = run_id
        self.head = 0
        self.watchers: set[asyncio.Event] = set()
        self._events: deque[EventRow] = deque(maxlen=MOST_KEPT)
        self._frames: OrderedDict[tuple[int, int], Frame] = OrderedDict()
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    async def frame(self, after: int) -> Frame | None:
        """Return the next frame for somebody who has all events up to `after`; None if there is nothing newer."""
        await self._ready.wait()
        if after >= self.head:
            return None
        # Behind the newest block the end is a fixed boundary, so that the frame can be shared.
        last = min(self.head, (after // BLOCK + 1) * BLOCK)
        key = (after, last)
        if key not in self._frames:
            events = await self._between(after, last)
            if not events:
                return None
            self._frames[key] = await asyncio.to_thread(frame_of, events, head=self.head)
            if len(self._frames) > _FRAMES_KEPT:
                self._frames.popitem(last=False)
        return self._frames[key]

    def stop(self) -> None:
        self._task.cancel()

    async def _between(self, after: int, last: int) -> list[EventRow]:
        if self._events and self._events[0].seq <= after + 1:
            return [event for event in self._events if after < event.seq <= last]
        rows = await database_sync_to_async(events_after)(self.run_id, after, limit=last - after)
        return [row for row in rows if row.seq <= last]

    async def _follow(self) -> None:
        hints = Hints(run_group(self.run_id))
        # Listening begins before reading, or what is announced in between would wait for the poll.
        await hints.wait(0)
        self.head = await database_sync_to_async(head_of)(self.run_id)
        self._ready.set()
        while True:
            try:
                await self._read_new()
            except Exception:
                log.exception("the events of run %s could not be read", self.run_id)
            await asyncio.sleep(ROUND_SECONDS)
            await hints.wait(POLL_SECONDS)

    async def _read_new(self) -> None:
        while rows := await database_sync_to_async(events_after)(self.run_id, self.head, limit=BLOCK):
            self._events.extend(rows)
            self.head = rows[-1].seq
            for watcher in self.watchers:
                watcher.set()


class Hints:
    """A subscription to the channel layer that survives the layer's being away."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._layer = layer()
        self._channel: str | None = None

    async def subscribe(self) -> str:
        """Listen from now on."""
        channel: str = await self._layer.new_channel()
        await self._layer.group_add(self._group, channel)
        self._channel = channel
        return channel

    async def wait(self, seconds: float) -> dict[str, object] | None:
        """Return the next hint, or None after `seconds`."""
        try:
            channel = self._channel or await self.subscribe()
            async with asyncio.timeout(seconds):
                message: dict[str, object] = await self._layer.receive(channel)
                return message
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001  # whatever the layer raises, the poll goes on
            log.warning("no hints for %s: %s", self._group, error)
            self._channel = None
            await asyncio.sleep(seconds)
            return None


class Hubs:
    """The hubs of this process."""

    def __init__(self) -> None:
        self._hubs: dict[uuid.UUID, RunHub] = {}

    @contextlib.asynccontextmanager
    async def watch(self, run_id: uuid.UUID, wake: asyncio.Event) -> AsyncIterator[RunHub]:
        """Give a socket the hub of a run for as long as it is open."""
        hub = self._hubs.get(run_id)
        if hub is None:
            hub = self._hubs[run_id] = RunHub(run_id)
        hub.watchers.add(wake)
        try:
            yield hub
        finally:
            hub.watchers.discard(wake)
            if not hub.watchers:
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._drop, run_id)

    def _drop(self, run_id: uuid.UUID) -> None:
        hub = self._hubs.get(run_id)
        if hub is not None and not hub.watchers:
            hub.stop()
            del self._hubs[run_id]


hubs = Hubs()
