"""What the agent prints, as log messages: the first megabytes as they come, of more the end."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from typing import Any

#: Of one stream, passed on as it comes.
LIVE_BYTES = 4 * 1024 * 1024
#: Of what comes after that, kept and passed on when the stream ends.
TAIL_BYTES = 64 * 1024
#: Of one message.
_PART_BYTES = 64 * 1024

Send = Callable[[dict[str, Any]], None]


class LogStream:
    """One stream. Whole lines are sent together; an unfinished one waits a moment for its rest."""

    def __init__(self, name: str, send: Send, started: float) -> None:
        self.seen = 0
        self._name = name
        self._send = send
        self._started = started
        self._line = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tail = bytearray()
        self._passed = 0

    def feed(self, data: bytes) -> None:
        self.seen += len(data)
        room = max(0, LIVE_BYTES - self._passed)
        self._pass_on(data[:room])
        self._tail += data[room:]
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]

    def _pass_on(self, data: bytes) -> None:
        self._passed += len(data)
        self._line += data
        end = self._line.rfind(b"\n") + 1
        if not end and len(self._line) >= _PART_BYTES:
            end = len(self._line)
        self._emit(bytes(self._line[:end]))
        del self._line[:end]

    def flush(self) -> None:
        """Pass on what there is of an unfinished line."""
        self._emit(bytes(self._line))
        self._line.clear()

    def finish(self) -> None:
        self.flush()
        cut = self.seen - self._passed
        if cut:
            kept = bytes(self._tail[-TAIL_BYTES:])
            if cut > len(kept):
                self._emit(f"[{cut - len(kept):,} bytes of {self._name} left out]\n".encode())
            self._emit(kept)

    def _emit(self, data: bytes) -> None:
        for start in range(0, len(data), _PART_BYTES):
            text = self._decoder.decode(data[start : start + _PART_BYTES])
            if text:
                at_ms = round((time.monotonic() - self._started) * 1000)
                self._send({"type": "log", "stream": self._name, "text": text, "at_ms": at_ms})
