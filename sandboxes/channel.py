"""The harness's own way to the host: a Unix socket on which it sends one JSON object a line.

Whoever runs inside can write to it, so everything that arrives is data of unknown origin: bounded, parsed as JSON and
nothing else, and without the characters that no database takes.
"""

import functools
import json
import os
import re
import selectors
import socket
from pathlib import Path
from typing import Any

from sandboxes.base import OnMessage

#: An answer of the length that the harness lets through, whatever its characters, is within it.
MAX_LINE_BYTES = 4 * 1024 * 1024
#: Of one command.
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MAX_CONNECTIONS = 32
_READ_BYTES = 64 * 1024
_UNWANTED = re.compile("[\x00\ud800-\udfff]")


def listen(folder: Path, name: str, *, backlog: int = 16) -> socket.socket:
    """Listen on a Unix socket in `folder`, for everybody who can reach the folder.

    The folder is named by a descriptor: a socket's path may hold 107 bytes, which the path of a folder easily has.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{handle}/{name}")
        (folder / name).chmod(0o666)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(handle)
    return listener


class Intake:
    """What one command sends over the channel.

    It registers the listener and its connections with the selector of whoever follows the command; each key's data is
    a function to call when there is something to read.
    """

    def __init__(self, listener: socket.socket, selector: selectors.BaseSelector, on_message: OnMessage) -> None:
        self.dropped = 0
        self._listener = listener
        self._selector = selector
        self._on_message = on_message
        self._room = MAX_TOTAL_BYTES
        self._lines: dict[socket.socket, _Lines] = {}
        listener.settimeout(0)
        selector.register(listener, selectors.EVENT_READ, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # gone again before we looked
        if len(self._lines) >= MAX_CONNECTIONS:
            connection.close()
            return
        connection.settimeout(0)
        self._lines[connection] = _Lines()
        self._selector.register(connection, selectors.EVENT_READ, functools.partial(self._read, connection))

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._room -= len(data)
        if self._room < 0:
            self.dropped += 1
            data = b""
        if not data:
            self._drop(connection)
            return
        for line in self._lines[connection].feed(data):
            message = _parsed(line)
            if message is None:
                self.dropped += 1
            else:
                self._on_message(message)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._lines[connection]
        connection.close()

    def drain(self) -> None:
        """Take in what was sent before the command ended."""
        count = -1
        while len(self._lines) != count:
            count = len(self._lines)
            self._accept()
        for connection in list(self._lines):
            before_room = -1
            while connection in self._lines and self._room != before_room:
                before_room = self._room
                self._read(connection)

    def close(self) -> None:
        self._selector.unregister(self._listener)
        for connection in list(self._lines):
            self._drop(connection)


class _Lines:
    """Puts chunks together to lines. A line past the limit comes out as an empty one, which is no message."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._append(part)
            lines.append(b"" if self._is_skipping else bytes(self._rest))
            self._rest.clear()
            self._is_skipping = False
        self._append(rest)
        return lines

    def _append(self, part: bytes) -> None:
        if self._is_skipping or len(self._rest) + len(part) > MAX_LINE_BYTES:
            self._is_skipping = True
            self._rest.clear()
        else:
            self._rest += part


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        message = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    return {_cleaned(key): _cleaned(value) for key, value in message.items()} if b"\\u" in line else message


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _cleaned(value: Any) -> Any:
    """Replace NUL and unpaired surrogates, which JSON can spell and PostgreSQL can't store."""
    if isinstance(value, str):
        return _UNWANTED.sub("\ufffd", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_UNWANTED.sub("\ufffd", key): _cleaned(item) for key, item in value.items()}
    return value
