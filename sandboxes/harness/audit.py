"""Sees what the agent's process does with files and connections, through the interpreter's audit events.

An event comes before the act, so a step says what was tried.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, Optional

from sandboxes import paths
from sandboxes.harness.recorder import Recorder

Handler = Callable[..., None]

_WATCHED = (paths.HOME, paths.TMP)
#: Caches and installed packages: the interpreter's doing rather than the agent's.
_UNWATCHED_PARTS = ("/site-packages/", "/__pycache__/", "/dist-packages/", f"{paths.HOME}/.cache/")
_UNWATCHED_ENDS = (".pyc", ".pyo")
#: Source files are opened from these when modules are imported and tracebacks are made.
#: Python 3.9's pathlib opens a file through a function of its own, of which there is a second event.
_SECOND_EVENT = "/pathlib.py", "_opener"
_READERS_OF_SOURCE = ("importlib._bootstrap_external>", "/linecache.py", "/tokenize.py", "/inspect.py")


class FileEvents:
    """Turns events about files into steps; the same thing again and again becomes one step with a count."""

    def __init__(self, recorder: Recorder, watched: tuple[str, ...] = _WATCHED) -> None:
        self._recorder = recorder
        self._watched = watched
        self._last: tuple[str, str] = ("", "")
        self._last_id: Optional[str] = None
        self._times = 1

    def handlers(self) -> dict[str, Handler]:
        return {
            "open": self._opened,
            "os.remove": lambda path, *_: self._changed("delete", path),
            "os.rmdir": lambda path, *_: self._changed("delete", path),
            "os.mkdir": lambda path, *_: self._changed("make_folder", path),
            "os.truncate": lambda path, *_: self._changed("write", path),
            "os.rename": lambda source, target, *_: self._changed("rename", source, target),
            "os.link": lambda source, target, *_: self._changed("link", target, source),
            "os.symlink": lambda source, target, *_: self._changed("link", target, source),
        }

    def _opened(self, path: Any, _mode: Any, flags: int) -> None:
        if flags & os.O_DIRECTORY or _is_not_the_agents():
            return
        if flags & os.O_APPEND:
            action = "append"
        elif flags & (os.O_WRONLY | os.O_RDWR):
            action = "write"
        else:
            action = "read"
        self._changed(action, path)

    def _changed(self, action: str, path: Any, other: Any = None) -> None:
        place = self._watched_path(path)
        if place is None:
            return
        if (action, place) == self._last:
            self._again()
            return
        data = {"action": action, "path": place}
        if other is not None:
            data["other_path"] = os.fsdecode(other)
        if action == "read":
            data["is_missing"] = not os.path.lexists(place)  # type: ignore[assignment]  # a flag among texts
        self._last, self._times = (action, place), 1
        self._last_id = self._recorder.step("file", data)

    def _again(self) -> None:
        self._times += 1
        if self._times & (self._times - 1) == 0:  # told at 2, 4, 8 …: a loop must not flood the channel
            self._recorder.update(self._last_id, {"times": self._times})

    def _watched_path(self, path: Any) -> Optional[str]:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None  # a descriptor
        place = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  # links are not to be followed
        if not place.startswith(tuple(f"{folder}/" for folder in self._watched)):
            return None
        if place.endswith(_UNWATCHED_ENDS) or any(part in f"{place}/" for part in _UNWATCHED_PARTS):
            return None
        return place


class ConnectionEvents:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def handlers(self) -> dict[str, Handler]:
        return {"socket.connect": self._connected}

    def _connected(self, _socket: Any, address: Any) -> None:
        if isinstance(address, tuple):
            host, port, *_ = address
            self._recorder.step("connect", {"host": str(host), "port": int(port)})
        elif isinstance(address, (str, bytes)):
            self._recorder.step("connect", {"host": os.fsdecode(address).replace("\0", "@"), "port": 0})


def install(recorder: Recorder, handlers: dict[str, Handler]) -> None:
    """Watch the process from now on; an audit hook can't be taken out again."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        handler = handlers.get(event)
        if handler is None or recorder.is_busy:
            return
        with contextlib.suppress(Exception):  # raising here would keep the agent from what it is about to do
            handler(*args)

    sys.addaudithook(hook)


def _is_not_the_agents() -> bool:
    """Say whether a file is opened by the import system or for a traceback, or for the second time.

    The frames between are ours.
    """
    frame = sys._getframe(1)  # noqa: SLF001  # the interpreter's own way to it
    for _ in range(4):
        if frame.f_back is None:
            return False
        frame = frame.f_back
        code = frame.f_code
        if code.co_filename.endswith(_READERS_OF_SOURCE):
            return True
        if code.co_name == _SECOND_EVENT[1] and code.co_filename.endswith(_SECOND_EVENT[0]):
            return True
    return False
