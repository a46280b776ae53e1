"""Tells the web processes that runs have moved on, without holding up whoever moved them."""

import asyncio
import logging
import os
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable

from console.ids import to_public
from console.live.layer import layer
from orchestration.events import News

log = logging.getLogger(__name__)

#: At most ten rounds a second; the first piece of news goes out at once.
ROUND_SECONDS = 0.1
#: More runs than this in one round are announced to a project as "many".
MOST_NAMED = 200


def run_group(run_id: uuid.UUID) -> str:
    return f"run.{run_id.hex}"


def project_group(project_id: uuid.UUID) -> str:
    return f"project.{project_id.hex}"


def person_group(user_id: uuid.UUID) -> str:
    return f"person.{user_id.hex}"


def announce(news: News) -> None:
    """Pass news on. Returns at once; never raises."""
    _announcer().put(news)


def announce_to(user_ids: Iterable[uuid.UUID]) -> None:
    """Tell people's pages that there is something new for them. Returns at once; never raises."""
    _announcer().put_groups(map(person_group, user_ids))


def announce_group(group: str) -> None:
    """Tell whoever listens to a group of the layer that there is something new. Returns at once; never raises."""
    _announcer().put_groups([group])


class Announcer:
    """A thread of this process that sends the newest news of each run."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._pending: dict[uuid.UUID, News] = {}
        self._groups: set[str] = set()
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._has_news = asyncio.Event()
        threading.Thread(target=self._run, name="announcer", daemon=True).start()

    def put(self, news: News) -> None:
        with self._lock:
            is_first = not self._pending
            self._pending[news.run_id] = news
        if is_first:
            self._loop.call_soon_threadsafe(self._has_news.set)

    def put_groups(self, groups: Iterable[str]) -> None:
        with self._lock:
            self._groups.update(groups)
        self._loop.call_soon_threadsafe(self._has_news.set)

    def _run(self) -> None:
        self._loop.run_until_complete(self._send_rounds())

    async def _send_rounds(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            with self._lock:
                pending, self._pending = self._pending, {}
                groups, self._groups = self._groups, set()
            try:
                await _send(list(pending.values()))
                await _send_to(groups)
            except Exception as error:  # noqa: BLE001  # whoever watches looks by himself too
                log.warning("%s pieces of news were lost: %s", len(pending) + len(groups), error)
            await asyncio.sleep(ROUND_SECONDS)


async def _send(pending: list[News]) -> None:
    sender = layer()
    by_project: dict[uuid.UUID, list[str]] = defaultdict(list)
    for news in pending:
        by_project[news.project_id].append(to_public("run", news.run_id))
        await sender.group_send(run_group(news.run_id), {"type": "hint", "head": news.seq})
    for project_id, run_ids in by_project.items():
        runs = run_ids if len(run_ids) <= MOST_NAMED else None
        await sender.group_send(project_group(project_id), {"type": "hint", "runs": runs})


async def _send_to(groups: Iterable[str]) -> None:
    sender = layer()
    for group in groups:
        await sender.group_send(group, {"type": "hint"})


def _announcer() -> Announcer:
    """Return the announcer of this process; a forked child gets one of its own."""
    global _current  # noqa: PLW0603  # one a process
    if _current is None or _current.pid != os.getpid():
        _current = Announcer()
    return _current


_current: Announcer | None = None
