"""Follows a command from its start to its end: output, messages, deadline, stop."""

import enum
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Callable

from sandboxes.base import Command, ExecResult, Limits, Stream
from sandboxes.channel import Intake
from sandboxes.disk import DiskWatch
from sandboxes.errors import SandboxDied
from sandboxes.output import CappedOutput

#: How often a stop, a deadline and the disk are looked at.
TICK_SECONDS = 0.1
#: What the end from within gets, after the command's own timeout: SIGTERM, and SIGKILL two seconds later.
KILL_AFTER_SECONDS = 2
OUTER_GRACE_SECONDS = 4
#: How long ending may take before it is asked for again, and then before the sandbox counts as lost.
_END_SECONDS = 3
_MOST_TIMES_ASKED = 2
_READ_BYTES = 64 * 1024
#: What `timeout` answers with when it ended the command: by SIGTERM, or by SIGKILL.
_TIMEOUT_CODES = frozenset({124, 137, 143})


class Ending(enum.Enum):
    """Why a command was ended from outside."""

    STOPPED = enum.auto()
    TIMED_OUT = enum.auto()
    DISK_FULL = enum.auto()


class Follower:
    """One command under way.

    `end` is told to end it, and must do so soon; where that did not help, it is told again, for the second time.
    """

    def __init__(
        self,
        command: Command,
        limits: Limits,
        *,
        listener: socket.socket,
        disk: DiskWatch | None,
        end: Callable[[int], None],
    ) -> None:
        self.command = command
        self.stdout = CappedOutput(Stream.STDOUT, limits.output_bytes, command.on_output)
        self.stderr = CappedOutput(Stream.STDERR, limits.output_bytes, command.on_output)
        self.ending: Ending | None = None
        self._end = end
        self._disk = disk
        self._started = self._ended = time.monotonic()
        self._deadline = self._started + command.timeout_seconds + OUTER_GRACE_SECONDS
        self._asked_at = 0.0
        self._times_asked = 0
        self._selector = selectors.DefaultSelector()
        self._open = 0
        self._handles: list[int] = []
        on_message = command.on_message or (lambda _: None)
        self._intake = Intake(listener, self._selector, on_message)

    def add(self, handle: int, read: Callable[[], bool]) -> None:
        """Call `read` whenever `handle` has something, until it answers False."""

        def ready() -> None:
            if not read():
                self._selector.unregister(handle)
                self._open -= 1

        self._selector.register(handle, selectors.EVENT_READ, ready)
        self._open += 1

    def add_output(self, handle: int, output: CappedOutput) -> None:
        """Read an output pipe to its end."""

        def read() -> bool:
            data = os.read(handle, _READ_BYTES)
            output.feed(data)
            return bool(data)

        self.add(handle, read)

    def add_process(self, process: subprocess.Popen[bytes]) -> None:
        """Follow a process to its end, and its output to where that ends."""
        for pipe, output in ((process.stdout, self.stdout), (process.stderr, self.stderr)):
            if pipe is not None:
                self.add_output(pipe.fileno(), output)
        handle = os.pidfd_open(process.pid)
        self._handles.append(handle)
        self.add(handle, lambda: False)

    def follow(self) -> None:
        """Return when everything that was added has ended. Raise SandboxDied when it can't be ended."""
        while self._open:
            for key, _ in self._selector.select(TICK_SECONDS):
                key.data()
            self._look()
        self._intake.drain()
        self._ended = time.monotonic()

    def _look(self) -> None:
        now = time.monotonic()
        if self.ending is None:
            self.ending = self._reason_to_end(now)
        if self.ending is None or now < self._asked_at + _END_SECONDS:
            return
        if self._times_asked == _MOST_TIMES_ASKED:
            raise SandboxDied("What runs in the sandbox could not be ended.")
        self._times_asked += 1
        self._end(self._times_asked)
        self._asked_at = time.monotonic()

    def _reason_to_end(self, now: float) -> Ending | None:
        if self.command.stop is not None and self.command.stop.is_set():
            return Ending.STOPPED
        if now > self._deadline:
            return Ending.TIMED_OUT
        if self._disk is not None and self._disk.is_full(now - self._started):
            return Ending.DISK_FULL
        return None

    def result(self, exit_code: int, *, is_oom_killed: bool) -> ExecResult:
        elapsed = self._ended - self._started
        is_late = elapsed >= self.command.timeout_seconds and exit_code in _TIMEOUT_CODES
        return ExecResult(
            exit_code=exit_code,
            stdout=self.stdout.kept(),
            stderr=self.stderr.kept(),
            duration_ms=round(elapsed * 1000),
            stdout_cut=self.stdout.cut,
            stderr_cut=self.stderr.cut,
            is_timed_out=self.ending is Ending.TIMED_OUT or (self.ending is None and is_late),
            is_stopped=self.ending is Ending.STOPPED,
            is_oom_killed=is_oom_killed,
            is_disk_full=self.ending is Ending.DISK_FULL,
            messages_dropped=self._intake.dropped,
        )

    def close(self) -> None:
        self._intake.close()
        self._selector.close()
        for handle in self._handles:
            os.close(handle)
