"""Runs a Python agent: starts its process, hears it out, passes on what it does and prints, in order.

The agent's process can do to itself whatever it likes (exit, crash, close its descriptors): this one stands beside it
and tells what happened. Started as `python3 -I -B /opt/callboard agent JOB`, where JOB is a file that it removes.
"""

from __future__ import annotations

import array
import fcntl
import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any, Optional

from sandboxes import paths
from sandboxes.harness.channel import Channel
from sandboxes.harness.files_left import files_left
from sandboxes.harness.logs import LogStream
from sandboxes.harness.relay_start import start_relay

PROTOCOL = 1
#: How long threads and exit handlers may go on after the answer is in.
_AFTERMATH_SECONDS = 5.0
#: How long what is left in pipes is read; a process left behind might never stop writing.
_REST_SECONDS = 1.0
#: How long an unfinished line waits for its rest.
_TICK_SECONDS = 0.2
_READ_BYTES = 64 * 1024
#: What can be ready.
_ACCEPT, _MESSAGE, _LOG, _END = "accept", "message", "log", "end"
_FINAL_TYPES = frozenset({"result", "bad_result", "exception", "problem"})


def main(argv: list[str]) -> None:
    job_file = Path(argv[0])
    job = json.loads(job_file.read_text(encoding="utf-8"))
    job_file.unlink()
    channel = Channel(job.get("channel", paths.CHANNEL))
    channel.send({"type": "hello", "protocol": PROTOCOL, "python": sys.version.split()[0], "pid": os.getpid()})
    if job.get("has_proxy"):
        start_relay(job.get("proxy", paths.PROXY))
    sys.exit(Watch(channel, job).run())


class Watch:
    """The agent's process, as seen from beside it."""

    def __init__(self, channel: Channel, job: dict[str, Any]) -> None:
        self._started = time.monotonic()
        self._channel = channel
        self._job = {"folder": paths.AGENT, "watched": [paths.HOME, paths.TMP], **job, "started": self._started}
        self._job["address"] = f"callboard-{secrets.token_hex(16)}"
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._logs = [LogStream(name, channel.send, self._started) for name in ("stdout", "stderr")]
        self._pipes: list[Optional[int]] = [None, None]
        self._rests: dict[socket.socket, bytes] = {}
        self._written: set[str] = set()
        self._finished: Optional[float] = None
        self._process: Optional[subprocess.Popen[bytes]] = None

    def run(self) -> int:
        """Return the agent's exit code, 128 + n after signal n."""
        self._listener.bind("\0" + self._job["address"])
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ, _ACCEPT)
        process = self._process = self._start()
        signal.signal(signal.SIGTERM, lambda *_: process.kill())
        ended = os.pidfd_open(process.pid)
        self._selector.register(ended, selectors.EVENT_READ, _END)
        while not self._look(_TICK_SECONDS):
            pass
        code = process.wait()
        self._take_the_rest(ended)
        self._tell_the_end(code)
        return code if code >= 0 else 128 - code

    def _start(self) -> subprocess.Popen[bytes]:
        given_read, given_write = os.pipe()
        python = self._job.get("python") or sys.executable
        harness = self._job.get("harness", paths.HARNESS)
        process = subprocess.Popen(
            [python, harness, "process", str(given_read)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._job["folder"],
            pass_fds=[given_read],
        )
        os.close(given_read)
        with os.fdopen(given_write, "wb") as given:
            given.write(json.dumps(self._job).encode())
        for index, pipe in enumerate((process.stdout, process.stderr)):
            assert pipe is not None  # noqa: S101  # asked for above
            os.set_blocking(pipe.fileno(), False)
            self._pipes[index] = pipe.fileno()
            self._selector.register(pipe.fileno(), selectors.EVENT_READ, _LOG)
        return process

    def _look(self, seconds: float) -> bool:
        """Wait for something and handle it; say whether the agent's process has ended.

        What lay in the pipes before the messages were read was printed before any later message, so reading just that
        much, after the messages, keeps the order in which things happened.
        """
        ready = [key.data for key, _ in self._selector.select(seconds)]
        printed = [log.seen + _waiting(pipe) for log, pipe in zip(self._logs, self._pipes)]  # noqa: B905  # Python 3.10
        if _ACCEPT in ready:
            self._accept()
        for connection in list(self._rests):
            while self._read_messages(connection):
                pass
        for index, count in enumerate(printed):
            self._read_log(index, count, is_ready=_LOG in ready)
        if not ready:
            for log in self._logs:
                log.flush()
        if self._finished is not None and time.monotonic() - self._finished > _AFTERMATH_SECONDS and self._process:
            self._process.kill()
        return _END in ready

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(0)
        self._rests[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ, _MESSAGE)

    def _read_messages(self, connection: socket.socket) -> bool:
        """Pass on what has come; say whether there may be more."""
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(connection)
            del self._rests[connection]
            connection.close()
            return False
        *lines, self._rests[connection] = (self._rests[connection] + data).split(b"\n")
        for line in lines:
            self._pass_on(line)
        return True

    def _pass_on(self, line: bytes) -> None:
        """Pass on what the agent's process says, after what it had printed before."""
        try:
            message = json.loads(line)
            written = message.pop("written")
            for index, count in enumerate(written):
                self._read_log(index, count)
                self._logs[index].flush()
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # somebody else has found the address
        if message.get("type") in _FINAL_TYPES:
            self._finished = time.monotonic()
        if message.get("kind") == "file" and message["data"].get("action") in {"write", "append"}:
            self._written.add(message["data"]["path"])
        self._channel.send(message)

    def _read_log(self, index: int, count: int, *, is_ready: bool = False) -> None:
        """Read what was printed until `count` bytes have come in all. A pipe that is ready with nothing has ended."""
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

    def _take_the_rest(self, ended: int) -> None:
        """Hear what was sent and printed before the end; what the agent has left running no longer counts."""
        self._selector.unregister(ended)
        deadline = time.monotonic() + _REST_SECONDS
        while self._selector.select(0) and time.monotonic() < deadline:
            self._look(0)
        for log in self._logs:
            log.finish()

    def _tell_the_end(self, code: int) -> None:
        for found in files_left(sorted(self._written)):
            self._channel.send({"type": "file_left", **found})
        at_ms = round((time.monotonic() - self._started) * 1000)
        end: dict[str, Any] = {"type": "end", "at_ms": at_ms, "exit_code": code if code >= 0 else None}
        if code < 0:
            end["signal"] = signal.Signals(-code).name
        self._channel.send(end)


def _waiting(pipe: Optional[int]) -> int:
    """Return how many bytes can be read from a pipe at once."""
    if pipe is None:
        return 0
    found = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return found[0]
