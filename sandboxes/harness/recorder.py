"""Sends what is seen in the agent's process to the process that watches it, at once, one JSON object a line.

Nothing is kept back: an agent may end its process at any moment and in any way. Agents close descriptors they don't
know, fork, and are interrupted by signals, so every send first makes sure that the connection is still its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Optional

#: Of one process; what comes after is counted.
MAX_STEPS = 5000


class Recorder:
    """One a process. `started` is the run's beginning by the monotonic clock, in seconds."""

    def __init__(self, address: str, started: float) -> None:
        self.written = {1: 0, 2: 0}
        self.dropped = 0
        #: Makes what was printed so far come before what is sent now.
        self.flush_prints: Callable[[], None] = lambda: None
        self._address = address
        self._started = started
        self._count = 0
        self._here = threading.local()
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Begin anew, as at the start and in a forked child: the parent's connection and lock are not ours."""
        self._lock = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self._identity: Optional[tuple[int, int]] = None

    @property
    def is_busy(self) -> bool:
        """Whether this thread is recording just now, so that what recording does is not recorded."""
        return getattr(self._here, "busy", False)

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Record nothing that this thread does in the block."""
        self._here.busy = True
        try:
            yield
        finally:
            self._here.busy = False

    def now_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)

    def step(self, kind: str, data: Mapping[str, Any]) -> Optional[str]:
        """Send a step and return its id; None once there were too many."""
        if self._count >= MAX_STEPS:
            self.dropped += 1
            return None
        self._count += 1
        step_id = f"{os.getpid()}.{self._count}"
        self.send({"type": "step", "id": step_id, "kind": kind, "at_ms": self.now_ms(), "data": dict(data)})
        return step_id

    def update(self, step_id: Optional[str], data: Mapping[str, Any]) -> None:
        """Add to a step what was not known when it began."""
        if step_id is not None:
            self.send({"type": "update", "id": step_id, "at_ms": self.now_ms(), "data": dict(data)})

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message. Where nobody takes it, it is lost: the agent must not suffer for being watched."""
        if self.is_busy:
            return
        with self.quiet():
            self.flush_prints()
            whole = {**message, "written": [self.written[1], self.written[2]]}
            line = json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            try:
                with self._lock:
                    self._connection().sendall(line)
            except OSError:
                self._socket = None

    def _connection(self) -> socket.socket:
        if self._socket is not None and self._is_still_ours(self._socket):
            return self._socket
        if self._socket is not None:
            self._socket.detach()  # its number belongs to somebody else by now
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect("\0" + self._address)
        found = os.fstat(connection.fileno())
        self._socket, self._identity = connection, (found.st_dev, found.st_ino)
        return connection

    def _is_still_ours(self, connection: socket.socket) -> bool:
        try:
            found = os.fstat(connection.fileno())
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity
