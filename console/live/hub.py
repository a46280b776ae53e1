"""One reader a watched run and process: it reads each event once, however many sockets look on."""

import asyncio
import logging
import uuid
from collections import OrderedDict, deque

from channels.db import database_sync_to_async

from console.live import lag
from console.live.announcer import ROUND_SECONDS, run_group
from console.live.frames import BLOCK, Frame, frame_of
from console.live.watched import Hub, Watched
from orchestration.events import EventKind
from orchestration.queries import EventRow, events_after, head_of

log = logging.getLogger(__name__)

#: A lost hint is made up for by looking this often; and so often once the run is over and only a new verdict may come.
POLL_SECONDS = 2.0
POLL_ENDED_SECONDS = 15.0
#: How long to wait for the layer before doing without it.
_LAYER_SECONDS = 1.0
#: Characters of events kept in memory; whoever is further behind is served from the database.
MOST_KEPT = 4_000_000
_FRAMES_KEPT = 32
_ENDS = frozenset({EventKind.RUN_COMPLETED, EventKind.RUN_FAILED, EventKind.RUN_CANCELLED})


class RunHub(Hub):
    """Follows one run and wakes the sockets that watch it."""

    def __init__(self, run_id: uuid.UUID) -> None:
        super().__init__(run_group(run_id))
        self.run_id = run_id
        self.head = 0
        self._events: deque[EventRow] = deque()
        self._kept = 0
        self._is_over = False
        self._frames: OrderedDict[tuple[int, int, bool], asyncio.Task[Frame | None]] = OrderedDict()
        self._ready = asyncio.Event()

    async def frame(self, after: int, *, for_page: bool) -> Frame | None:
        """Return the next frame for somebody who has all events up to `after`; None if there is nothing newer.

        Those who ask for the same at the same time get the same: it is read and rendered once.
        """
        await self._ready.wait()
        if after >= self.head:
            return None
        # Behind the newest block the end is a fixed boundary, so that clients at different places come together.
        key = (after, min(self.head, (after // BLOCK + 1) * BLOCK), for_page)
        making = self._frames.get(key)
        if making is None:
            making = self._frames[key] = asyncio.create_task(self._make(*key))
            if len(self._frames) > _FRAMES_KEPT:
                self._frames.popitem(last=False)
        try:
            return await asyncio.shield(making)
        except Exception:
            self._frames.pop(key, None)
            raise

    async def _make(self, after: int, last: int, for_page: bool) -> Frame | None:  # noqa: FBT001  # a key, unpacked
        events = await self._between(after, last)
        return await asyncio.to_thread(frame_of, events, head=self.head, for_page=for_page) if events else None

    async def _between(self, after: int, last: int) -> list[EventRow]:
        if self._events and self._events[0].seq <= after + 1:
            return [event for event in self._events if after < event.seq <= last]
        return await database_sync_to_async(events_after)(self.run_id, after, limit=last - after)

    async def _follow(self) -> None:
        # Listening begins before reading, or what is announced in between would wait for the poll.
        await self._hints.listening(_LAYER_SECONDS)
        while True:
            try:
                await self._read_new()
            except Exception:
                log.exception("the events of run %s could not be read", self.run_id)
            await asyncio.sleep(ROUND_SECONDS)
            await self._hints.wait(POLL_ENDED_SECONDS if self._is_over else POLL_SECONDS)
            self._hints.take()

    async def _read_new(self) -> None:
        if not self._ready.is_set():
            self.head = max(0, await database_sync_to_async(head_of)(self.run_id) - 1)
        while rows := await database_sync_to_async(events_after)(self.run_id, self.head, limit=BLOCK):
            if self._ready.is_set():
                lag.note(rows)
            self._keep(rows)
            self.head = rows[-1].seq
            self._wake()
        self._ready.set()

    def _keep(self, rows: list[EventRow]) -> None:
        self._events.extend(rows)
        self._kept += sum(len(row.data) for row in rows)
        while self._kept > MOST_KEPT:
            self._kept -= len(self._events.popleft().data)
        self._is_over = self._is_over or any(row.kind in _ENDS for row in rows)


run_hubs = Watched(RunHub)
