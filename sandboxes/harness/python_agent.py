"""Runs a Python agent: starts its process, hears it out, passes on what it does and prints, in order.

The agent's process can do to itself whatever it likes (exit, crash, close its descriptors): this one stands beside it
and tells what happened. Started as `python3 -I -B /opt/callboard agent JOB`, where JOB is a file that it removes.
"""

from __future__ import annotations

import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
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
        self._logs = [LogStream(name, channel.send, self._started) for name in ("stdout", "stderr")]
        self._pipes: list[Optional[int]] = [None, None]
        self._rests: dict[socket.socket, bytes] = {}
        self._written: set[str] = set()
        self._finished: Optional[float] = None
        self._process: Optional[subprocess.Popen[bytes]] = None

    def run(self) -> int:
        """Return the agent's exit code, 128 + n after signal n."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind("\0" + self._job["address"])
        listener.listen(64)
        self._selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener))
        process = self._process = self._start()
        signal.signal(signal.SIGTERM, lambda *_: process.kill())
        ended = os.pidfd_open(process.pid)
        self._selector.register(ended, selectors.EVENT_READ, None)
        while not self._look():
            pass
        code = process.wait()
        self._take_the_rest()
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
            self._selector.register(pipe, selectors.EVENT_READ, lambda index=index: self._read_log(index))
        return process

    def _look(self) -> bool:
        """Wait for something and handle it; say whether the agent's process has ended."""
        ready = self._selector.select(_TICK_SECONDS)
        is_over = False
        for key, _ in sorted(ready, key=lambda pair: pair[0].fd):
            if key.data is None:
                is_over = True
            else:
                key.data()
        if not ready:
            for log in self._logs:
                log.flush()
        if self._finished is not None and time.monotonic() - self._finished > _AFTERMATH_SECONDS and self._process:
            self._process.kill()
        return is_over

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(0)
        self._rests[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read_messages(connection))

    def _read_messages(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(connection)
            del self._rests[connection]
            connection.close()
            return
        *lines, self._rests[connection] = (self._rests[connection] + data).split(b"\n")
        for line in lines:
            self._pass_on(line)

    def _pass_on(self, line: bytes) -> None:
        """Pass on what the agent's process says, after what it had printed before."""
        try:
            message = json.loads(line)
            written = message.pop("written")
            for index, count in enumerate(written):
                self._read_log(index, up_to=count)
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # somebody else has found the address
        if message.get("type") in _FINAL_TYPES:
            self._finished = time.monotonic()
        if message.get("kind") == "file" and message["data"].get("action") in {"write", "append"}:
            self._written.add(message["data"]["path"])
        self._channel.send(message)

    def _read_log(self, index: int, up_to: Optional[int] = None) -> None:
        """Read what a pipe holds; with `up_to`, only until so many bytes have come in all."""
        pipe, log = self._pipes[index], self._logs[index]
        wanted = _READ_BYTES if up_to is None else up_to - log.seen
        while pipe is not None and wanted > 0:
            try:
                data = os.read(pipe, min(wanted, _READ_BYTES))
            except BlockingIOError:
                return
            if not data:
                self._selector.unregister(pipe)
                self._pipes[index] = None
                return
            log.feed(data)
            wanted -= len(data)
        if up_to is not None:
            log.flush()

    def _take_the_rest(self) -> None:
        """Hear what was sent and printed before the end; what the agent has left running no longer counts."""
        deadline = time.monotonic() + _REST_SECONDS
        while time.monotonic() < deadline:
            ready = [key for key, _ in self._selector.select(0) if key.data is not None]
            if not ready:
                break
            for key in ready:
                key.data()
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
