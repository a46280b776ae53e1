"""The sockets: one a page, on a run or on a project's runs. docs/events.md describes what they say."""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from console.live.feed import ProjectFeed, project_feeds
from console.live.frames import heartbeat
from console.live.hub import RunHub, run_hubs
from console.live.images import Seen, image_feeds
from console.live.people import person_feeds
from console.live.socket_auth import image_of_scope, place_of_scope, run_of_scope
from console.live.window import Window
from console.notifications.reading import unread_count
from console.session import Place

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
#: A reader with a full window that confirms nothing for so long is closed.
STALLED_SECONDS = 10.0
#: How often the right to look on is looked at again.
RECHECK_SECONDS = 60.0
LONGEST_MESSAGE = 4_096
#: How long a feed waits for the layer before it says that it is ready all the same.
_LAYER_SECONDS = 5.0

CLOSE_TOO_LONG = 1009
CLOSE_TRY_LATER = 1013
CLOSE_NOT_SIGNED_IN = 4401
CLOSE_NOT_FOUND = 4404


class _Socket(AsyncWebsocketConsumer):
    """A socket whose work is a task of its own. It takes nothing from the channel layer itself: the hub does."""

    channel_layer_alias = "none: the hub listens"
    _task: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        raise NotImplementedError

    async def may_still_look(self) -> bool:
        raise NotImplementedError

    def begin(self) -> None:
        self.wake = asyncio.Event()
        self._checked = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._serve())

    async def disconnect(self, code: int) -> None:  # noqa: ARG002  # why does not matter
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None or text_data is None or len(text_data) > LONGEST_MESSAGE:
            await self.close(CLOSE_TOO_LONG)
            return
        with contextlib.suppress(ValueError):
            message = json.loads(text_data)
            if isinstance(message, dict):
                self.hear(message)

    def hear(self, message: Mapping[str, object]) -> None:
        """Take what the client says."""

    async def rest(self, sign_of_life: str) -> bool:
        """Wait for something new and send a heartbeat meanwhile; return whether the reader may go on."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            await self.send(text_data=sign_of_life)
        now = asyncio.get_running_loop().time()
        if now - self._checked < RECHECK_SECONDS:
            return True
        self._checked = now
        return await self.may_still_look()

    async def _serve(self) -> None:
        try:
            await self.serve()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a socket failed")
            await self.close(CLOSE_TRY_LATER)


class _SocketOf(_Socket):
    """A socket on the one thing that its path names."""

    @staticmethod
    def find(scope: Mapping[str, Any], place: Place) -> uuid.UUID | None:
        """Return the key of that thing for whoever may look at it, else None."""
        raise NotImplementedError

    async def connect(self) -> None:
        place = await database_sync_to_async(place_of_scope)(self.scope)
        if place is None:
            await self.close(CLOSE_NOT_SIGNED_IN)
            return
        key = await database_sync_to_async(self.find)(self.scope, place)
        if key is None:
            await self.close(CLOSE_NOT_FOUND)
            return
        self.key = key
        self.begin_at(_query(self.scope))
        await self.accept()
        self.begin()

    def begin_at(self, query: Mapping[str, str]) -> None:
        """Take where to begin from the query of the socket's URL."""
        raise NotImplementedError

    async def may_still_look(self) -> bool:
        return await database_sync_to_async(self._may_look)()

    def _may_look(self) -> bool:
        place = place_of_scope(self.scope)
        return place is not None and self.find(self.scope, place) == self.key


class RunConsumer(_SocketOf):
    """`/ws/runs/{id}?after=SEQ`: every event of a run behind SEQ, in order, without a gap or a repeat.

    The client may confirm what it has dealt with, `{"ack": SEQ}`, and pages must: one that falls a megabyte behind
    is closed.
    """

    find = staticmethod(run_of_scope)

    def begin_at(self, query: Mapping[str, str]) -> None:
        self.position = _number(query.get("after", "0"))
        self.is_page = query.get("html") == "1"
        self.window = Window(confirms=self.is_page)

    def hear(self, message: Mapping[str, object]) -> None:
        if isinstance(seq := message.get("ack"), int):
            self.window.confirm(seq)
            self.wake.set()

    async def serve(self) -> None:
        async with run_hubs.watch(self.key, self.wake) as hub:
            while True:
                if not await self._send_new(hub):
                    await self.close(CLOSE_TRY_LATER)
                    return
                if not await self.rest(heartbeat(hub.head)):
                    await self.close(CLOSE_NOT_FOUND)
                    return

    async def _send_new(self, hub: RunHub) -> bool:
        """Send what is new; return whether the reader keeps up."""
        self.wake.clear()
        while frame := await hub.frame(self.position, for_page=self.is_page):
            if not await self._has_room():
                return False
            await self.send(text_data=frame.text)
            self.position = frame.last
            self.window.sent(frame.last, len(frame.text))
        return True

    async def _has_room(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STALLED_SECONDS):
                while self.window.is_full:
                    self.wake.clear()
                    await self.wake.wait()
        return not self.window.is_full


class ImageConsumer(_SocketOf):
    """`/ws/images/{id}?build=N&after=LINE`: the log of an image's present build behind a line, and each new state."""

    find = staticmethod(image_of_scope)

    def begin_at(self, query: Mapping[str, str]) -> None:
        self.seen = Seen(build=_number(query.get("build", "0")), line=_number(query.get("after", "0")))

    async def serve(self) -> None:
        async with image_feeds.watch(self.key, self.wake) as feed:
            await feed.listening(_LAYER_SECONDS)
            while True:
                self.wake.clear()
                for message in await database_sync_to_async(self.seen.news)(self.key):
                    await self.send(text_data=message)
                if not await self.rest(heartbeat(0)):
                    await self.close(CLOSE_NOT_FOUND)
                    return


class ProjectConsumer(_Socket):
    """`/ws/feed`: which runs of the project have changed, by id, at most twice a second. The page asks for them.

    It also says how many notifications the person has not read, at the beginning and whenever that changes.
    """

    async def connect(self) -> None:
        place = await database_sync_to_async(place_of_scope)(self.scope)
        if place is None:
            await self.close(CLOSE_NOT_SIGNED_IN)
            return
        self.project_id = place.project.pk
        self.actor = place.actor
        self.user_id = place.user.pk
        await self.accept()
        self.begin()

    async def serve(self) -> None:
        async with (
            project_feeds.watch(self.project_id, self.wake) as feed,
            person_feeds.watch(self.user_id, self.wake) as person,
        ):
            await feed.listening(_LAYER_SECONDS)
            await person.listening(_LAYER_SECONDS)
            position, told = feed.round, -1
            await self.send(text_data='{"type":"ready"}')
            while True:
                if person.round > told:
                    told = person.round
                    await self._send_unread()
                if not await self.rest(heartbeat(0)):
                    await self.close(CLOSE_NOT_FOUND)
                    return
                position = await self._send_changes(feed, position)

    async def may_still_look(self) -> bool:
        place = await database_sync_to_async(place_of_scope)(self.scope)
        if place is None or place.project.pk != self.project_id:
            return False
        self.actor = place.actor
        return True

    async def _send_unread(self) -> None:
        unread = await database_sync_to_async(unread_count)(self.actor)
        await self.send(text_data=json.dumps({"type": "notifications", "unread": unread}))

    async def _send_changes(self, feed: ProjectFeed, position: int) -> int:
        self.wake.clear()
        if feed.round > position:
            changed = feed.since(position)
            runs = None if changed is None else sorted(changed)
            await self.send(text_data=json.dumps({"type": "runs", "runs": runs}))
        return feed.round


def _query(scope: Mapping[str, object]) -> dict[str, str]:
    raw = scope.get("query_string", b"")
    text = raw.decode("latin-1") if isinstance(raw, bytes) else ""
    return {key: values[-1] for key, values in parse_qs(text).items()}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  # 32 bits hold it
