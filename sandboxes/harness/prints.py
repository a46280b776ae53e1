"""What the agent's process prints, read from its pipes as far as is asked for."""

from __future__ import annotations

import array
import fcntl
import os
import selectors
import subprocess
import termios
from typing import Any, Optional

from sandboxes.harness.logs import LogStream, Send

#: Marks the pipes among what a selector finds ready.
READY = "printed"
_READ_BYTES = 64 * 1024


class Prints:
    """The two pipes of a process, standard output first, each with what becomes of it."""

    def __init__(self, send: Send, started: float, selector: selectors.BaseSelector) -> None:
        self._logs = [LogStream(name, send, started) for name in ("stdout", "stderr")]
        self._pipes: list[Optional[int]] = [None, None]
        self._selector = selector

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        for index, pipe in enumerate((process.stdout, process.stderr)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._pipes[index] = pipe.fileno()
                self._selector.register(pipe.fileno(), selectors.EVENT_READ, READY)

    def counts(self) -> list[int]:
        """Return how many bytes have been printed on each by now, read or not."""
        return [log.seen + _waiting(pipe) for log, pipe in zip(self._logs, self._pipes)]  # noqa: B905  # Python 3.9

    def read(self, counts: list[Any], *, is_ready: bool = False) -> None:
        """Read each until so many bytes have come in all. A pipe that is ready with nothing has ended."""
        for index, count in enumerate(counts[: len(self._pipes)]):
            self._read(index, count, is_ready=is_ready)

    def _read(self, index: int, count: int, *, is_ready: bool) -> None:
        pipe, log = self._pipes[index], self._logs[index]
        while pipe is not None and (count > log.seen or is_ready):
            try:
                data = os.read(pipe, max(1, min(count - log.seen, _READ_BYTES)))
            except BlockingIOError:
                return
            if not data:
                self._selector.unregister(pipe)
                self._pipes[index] = None
                return
            log.feed(data)
            is_ready = False

    def flush(self) -> None:
        """Pass on what there is of unfinished lines."""
        for log in self._logs:
            log.flush()

    def finish(self) -> None:
        for log in self._logs:
            log.finish()


def _waiting(pipe: Optional[int]) -> int:
    """Return how many bytes can be read from a pipe at once."""
    if pipe is None:
        return 0
    found = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return found[0]
