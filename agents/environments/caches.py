"""What is prepared once on a machine and shown in many sandboxes. It lies where the backend can share it from."""

import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from django.conf import settings

from agents.services.progress import Superseded
from agents.sources.cache import CodeCache, WaitStopped
from sandboxes.base import Backend
from sandboxes.folders import private_root

Make = Callable[[Path], object]

#: With another number where what is kept is laid out otherwise: what an older version left is not read then.
FOLDER = "prepared-2"


class Caches:
    """The caches of one backend, and what is held of them for as long as the block lasts."""

    def __init__(self, backend: Backend, stop: threading.Event) -> None:
        self._root = private_root(backend.shared_root() / FOLDER)
        self._stop = stop
        self._held = ExitStack()

    def hold(self, room: str, key: str, make: Make) -> Path:
        """Return the folder of a key in one of the rooms, filled by `make` where it is not there yet.

        It can be entered by whoever runs in sandboxes, and stays until the block ends. Raise Superseded when nobody
        waits for it any more.
        """

        def fill(part: Path) -> None:
            part.chmod(0o755)  # shown in sandboxes, read-only
            # Made anew it has another path, so that no sandbox that waits with the old one in it is taken for it.
            folder = part / secrets.token_hex(4)
            folder.mkdir()
            folder.chmod(0o755)
            make(folder)

        cache = CodeCache(private_root(self._root / room), settings.CALLBOARD_ENVIRONMENT_CACHE_BYTES)
        try:
            held = cache.hold(key, fill, self._stop)
        except WaitStopped as stopped:
            raise Superseded from stopped
        self._held.callback(held.release)
        return next(held.folder.iterdir())

    def keys(self, room: str) -> set[str]:
        """Return the keys of what is in a room."""
        return {path.name.removesuffix(".lock") for path in (self._root / room).glob("*.lock")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()
