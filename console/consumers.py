"""The sockets: one a page, on a run or on a project's runs."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from console.live.announcer import project_group
from console.live.frames import heartbeat
from console.live.hub import Hints, RunHub, hubs
from console.session import Place
from console.socket_auth import place_of_scope, run_of_scope

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
#: Bytes sent and not yet confirmed; beyond it the writer waits, for daphne's own send never does.
WINDOW_BYTES = 1024 * 1024
STALLED_SECONDS = 10.0
#: How often the right to look on is looked at again.
RECHECK_SECONDS = 60.0
LONGEST_MESSAGE = 4_096

CLOSE_TRY_LATER = 1013
CLOSE_NOT_SIGNED_IN = 4401
CLOSE_NOT_FOUND = 4404


class _Socket(AsyncWebsocketConsumer):
    """A socket whose work is a task of its own. It takes nothing from the channel layer itself: the hub does."""

    channel_layer_alias = "none: the hub listens"
    _task: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        self._task = asyncio.create_task(self._serve())

    async def disconnect(self, code: int) -> None:  # noqa: ARG002  # why does not matter
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _serve(self) -> None:
        try:
            await self.serve()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a socket failed")
            await self.close(CLOSE_TRY_LATER)


class RunConsumer(_Socket):
    """`/ws/runs/{id}?after=SEQ`: every event of a run behind SEQ, in order, without a gap or a repeat.

    The client may confirm what it has dealt with, `{"ack": SEQ}`; one that falls a megabyte behind is closed.
    """

    async def connect(self) -> None:
        self.place = await database_sync_to_async(place_of_scope)(self.scope)
        if self.place is None:
            await self.close(CLOSE_NOT_SIGNED_IN)
            return
        run_id = await database_sync_to_async(run_of_scope)(self.scope, self.place)
        if run_id is None:
            await self.close(CLOSE_NOT_FOUND)
            return
        query = _query(self.scope)
        self.run_id = run_id
        self.position = _number(query.get("after", "0"))
        self.wants_html = query.get("html") == "1"
        self.wake = asyncio.Event()
        self.unconfirmed: list[tuple[int, int]] = []
        self.confirms = False
        await self.accept()
        self.begin()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None or text_data is None or len(text_data) > LONGEST_MESSAGE:
            await self.close(1009)
            return
        with contextlib.suppress(ValueError):
            message = json.loads(text_data)
            if isinstance(message, dict) and isinstance(message.get("ack"), int):
                self.confirms = True
                self.unconfirmed = [item for item in self.unconfirmed if item[0] > message["ack"]]
                self.wake.set()

    async def serve(self) -> None:
        async with hubs.watch(self.run_id, self.wake) as hub:
            rechecked = asyncio.get_running_loop().time()
            while True:
                await self._send_new(hub)
                await self._rest(hub)
                now = asyncio.get_running_loop().time()
                if now - rechecked > RECHECK_SECONDS:
                    rechecked = now
                    if not await database_sync_to_async(_may_still_look)(self.scope, self.run_id):
                        await self.close(CLOSE_NOT_FOUND)
                        return

    async def _send_new(self, hub: RunHub) -> None:
        self.wake.clear()
        while frame := await hub.frame(self.position):
            await self._wait_for_room()
            text = frame.page_text if self.wants_html else frame.text
            await self.send(text_data=text)
            self.position = frame.last
            if self.confirms:
                self.unconfirmed.append((frame.last, len(text)))

    async def _wait_for_room(self) -> None:
        async with asyncio.timeout(STALLED_SECONDS):
            while sum(size for _, size in self.unconfirmed) > WINDOW_BYTES:
                self.wake.clear()
                await self.wake.wait()

    async def _rest(self, hub: RunHub) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            await self.send(text_data=heartbeat(hub.head))


class ProjectConsumer(_Socket):
    """`/ws/feed`: which runs of the project have changed, by id, at most twice a second. The page asks for them."""

    ROUND_SECONDS = 0.5

    async def connect(self) -> None:
        place: Place | None = await database_sync_to_async(place_of_scope)(self.scope)
        if place is None:
            await self.close(CLOSE_NOT_SIGNED_IN)
            return
        self.place = place
        await self.accept()
        self.begin()

    async def serve(self) -> None:
        hints = Hints(project_group(self.place.project.pk))
        await hints.subscribe()
        await self.send(text_data='{"type":"ready"}')
        while True:
            changed = await self._collect(hints)
            await self.send(text_data=json.dumps({"type": "runs", "runs": changed}) if changed != [] else heartbeat(0))

    async def _collect(self, hints: Hints) -> list[str] | None:
        """Return the runs that changed in this round; None stands for many, an empty list for none."""
        first = await hints.wait(HEARTBEAT_SECONDS)
        if first is None:
            return []
        found: set[str] = set()
        message: Mapping[str, object] | None = first
        until = asyncio.get_running_loop().time() + self.ROUND_SECONDS
        while message is not None:
            runs = message.get("runs")
            if not isinstance(runs, list):
                return None
            found.update(map(str, runs))
            left = until - asyncio.get_running_loop().time()
            message = await hints.wait(left) if left > 0 else None
        return sorted(found)


def _may_still_look(scope: Mapping[str, object], run_id: object) -> bool:
    place = place_of_scope(scope)
    return place is not None and run_of_scope(scope, place) == run_id


def _query(scope: Mapping[str, object]) -> dict[str, str]:
    raw = scope.get("query_string", b"")
    return {key: values[-1] for key, values in parse_qs(raw.decode() if isinstance(raw, bytes) else "").items()}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  # an event's number is a 32-bit integer
