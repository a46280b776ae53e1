"""What an agent prints, on its way to the run's events: masked, in order, at most ten pieces a second."""

import logging
import threading
import time
from collections.abc import Callable
from itertools import groupby
from types import TracebackType
from typing import Self

from django.db import Error, connection
from pydantic import JsonValue

from agents.redaction import Redactor

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
#: A piece holds at most so many lines, so that no event grows beyond what a page takes in at once.
MOST_LINES = 500
#: What is kept of one run's log; the rest is counted.
MOST_CHARACTERS = 5_000_000
#: Times, a second apart, that a piece is offered to a database that is away. The agent works on meanwhile.
MOST_TRIES = 60
AGAIN_SECONDS = 1.0

Emit = Callable[[str, dict[str, JsonValue]], None]


class LogSink:
    """Gathers text from the thread that hears the agent and writes it from a thread of its own.

    `line_count` is how many lines the log has; others may have written its first ones.
    """

    def __init__(self, redactor: Redactor, emit: Emit, *, kind: str, line_count: int = 0) -> None:
        self._streams = {name: redactor.stream() for name in ("stdout", "stderr")}
        self._emit = emit
        self._kind = kind
        self._pending: list[tuple[str, str]] = []
        self._rests = dict.fromkeys(self._streams, "")
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._characters = 0
        self.line_count = line_count
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def put(self, stream: str, text: str) -> None:
        """Take what was printed. Never waits."""
        if stream in self._streams:
            with self._lock:
                self._pending.append((stream, text))

    def drain(self) -> None:
        """Write what has come, and its end, in the caller's thread: for what was over before a thread was worth it."""
        self._flush()
        self._end()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._is_over.wait(FLUSH_SECONDS):
                self._flush()
            self._flush()
            self._end()
        finally:
            # Each thread has a connection of its own, which nobody else would give back.
            connection.close()

    def _flush(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, []
        # What one stream printed in a row becomes one piece, so that the pieces stay few.
        for stream, texts in groupby(pending, key=lambda item: item[0]):
            self._write(stream, self._streams[stream].feed("".join(text for _, text in texts)))

    def _end(self) -> None:
        for stream, masked in self._streams.items():
            self._write(stream, masked.end())
            if self._rests[stream]:
                self._send(stream, [self._rests[stream]])

    def _write(self, stream: str, text: str) -> None:
        if not text or self._characters > MOST_CHARACTERS:
            return
        self._characters += len(text)
        *lines, self._rests[stream] = (self._rests[stream] + text).split("\n")
        if self._characters > MOST_CHARACTERS:
            lines.append(f"The rest of the log is left out: it is longer than {MOST_CHARACTERS // 1_000_000} MB.")
            self._rests[stream] = ""
        for start in range(0, len(lines), MOST_LINES):
            self._send(stream, lines[start : start + MOST_LINES])

    def _send(self, stream: str, lines: list[str]) -> None:
        piece: dict[str, JsonValue] = {"stream": stream, "first": self.line_count + 1, "lines": list[JsonValue](lines)}
        self.line_count += len(lines)
        for _ in range(MOST_TRIES):
            try:
                return self._emit(self._kind, piece)
            except Error as error:
                log.warning("a piece of a log could not be written yet: %s", error)
                connection.close()
                time.sleep(AGAIN_SECONDS)
        log.error("%s lines of a log are lost: the database was away for too long", len(lines))
        return None
