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
from sandboxes.harness.prints import READY as PRINTED
from sandboxes.harness.prints import Prints
from sandboxes.harness.relay_start import start_relay

PROTOCOL = 1
#: How long threads and exit handlers may go on after the answer is in.
_AFTERMATH_SECONDS = 5.0
#: How long what is left in pipes is read; a process left behind might never stop writing.
_REST_SECONDS = 1.0
#: How long an unfinished line waits for its rest.
_TICK_SECONDS = 0.2
_READ_BYTES = 64 * 1024
#: What can be ready beside the pipes.
_CALLED, _SAID, _ENDED = "called", "said", "ended"
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
        self._prints = Prints(channel.send, self._started, self._selector)
        self._rests: dict[socket.socket, bytes] = {}
        self._written: set[str] = set()
        self._kill_at = float("inf")

    def run(self) -> int:
        """Return the agent's exit code, 128 + n after signal n."""
        self._listener.bind("\0" + self._job["address"])
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ, _CALLED)
        try:
            process = self._start()
        except OSError as error:
            self._channel.send({"type": "problem", "code": "agent_not_started", "message": str(error)})
            return 1
        signal.signal(signal.SIGTERM, lambda *_: process.kill())
        ended = os.pidfd_open(process.pid)
        self._selector.register(ended, selectors.EVENT_READ, _ENDED)
        while not self._look(_TICK_SECONDS):
            if time.monotonic() > self._kill_at:
                process.kill()
        code = process.wait()
        self._selector.unregister(ended)
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
            env=_with_python(self._job.get("python")),
            pass_fds=[given_read],
        )
        os.close(given_read)
        with os.fdopen(given_write, "wb") as given:
            given.write(json.dumps(self._job).encode())
        self._prints.follow(process)
        return process

    def _look(self, seconds: float) -> bool:
        """Wait for something and handle it; say whether the agent's process has ended.

        What lay in the pipes before the messages were read was printed before any later message, so reading just that
        much, after the messages, keeps the order in which things happened.
        """
        ready = [key.data for key, _ in self._selector.select(seconds)]
        printed = self._prints.counts()
        if _CALLED in ready:
            self._accept()
        for connection in list(self._rests):
            while self._read_messages(connection):
                pass
        self._prints.read(printed, is_ready=PRINTED in ready)
        if not ready:
            self._prints.flush()
        return _ENDED in ready

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(0)
        self._rests[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ, _SAID)

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
            self._prints.read(message.pop("written"))
            written = _written_by(message)
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # somebody else has found the address
        self._prints.flush()
        if written is not None:
            self._written.add(written)
        if message.get("type") in _FINAL_TYPES:
            self._kill_at = time.monotonic() + _AFTERMATH_SECONDS
        self._channel.send(message)

    def _take_the_rest(self) -> None:
        """Hear what was sent and printed before the end; what the agent has left running no longer counts."""
        deadline = time.monotonic() + _REST_SECONDS
        while self._selector.select(0) and time.monotonic() < deadline:
            self._look(0)
        self._prints.finish()

    def _tell_the_end(self, code: int) -> None:
        for found in files_left(sorted(self._written)):
            self._channel.send({"type": "file_left", **found})
        at_ms = round((time.monotonic() - self._started) * 1000)
        end: dict[str, Any] = {"type": "end", "at_ms": at_ms, "exit_code": code if code >= 0 else None}
        if code < 0:
            end["signal"] = _signal_name(-code)
        self._channel.send(end)


def _with_python(python: Optional[str]) -> Optional[dict[str, str]]:
    """Return an environment whose commands are those of a Python of its own, None where there is no such."""
    if not python:
        return None
    folder = Path(python).parent
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "VIRTUAL_ENV": str(folder.parent)}


def _written_by(message: dict[str, Any]) -> Optional[str]:
    """Return the file that a step writes, if it writes one."""
    if message.get("kind") != "file" or message["data"].get("action") not in {"write", "append"}:
        return None
    return str(message["data"]["path"])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
