"""Unpacks an archive in a process of its own, which can be ended."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from agents.sources.unpacking.faults import BROKEN, REFUSED, ArchiveRefused, Fault
from agents.sources.unpacking.limits import Limits

_CHILD = Path(__file__).with_name("child.py")
_POLL_SECONDS = 0.02
#: Over what the child allows itself, so that it is the one who says so.
_GRACE_SECONDS = 10


class Unpacked(NamedTuple):
    """What was unpacked; `size` in bytes. `flattened` is the single folder at the top that was left out, if any."""

    files: int
    size: int
    flattened: str


class UnpackingStopped(Exception):
    """Nobody waits for it any more."""


def unpack(archive: Path, folder: Path, limits: Limits, stop: threading.Event) -> Unpacked:
    """Unpack into an empty folder.

    Raise ArchiveRefused, UnpackingStopped when `stop` is set, or OSError where the machine is at fault, such as a full
    disk. What was written until then is left to the caller.
    """
    command = [sys.executable, "-I", "-B", str(_CHILD), str(archive), str(folder), json.dumps(limits._asdict())]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={}) as child:
        try:
            _wait_for(child, limits.seconds + _GRACE_SECONDS, stop)
            said = child.stdout.read() if child.stdout else b""
        finally:
            child.kill()
    match child.returncode:
        case 0:
            return Unpacked(**json.loads(said))
        case code if code == REFUSED:
            told = json.loads(said)
            raise ArchiveRefused(Fault(told["fault"]), told["sentence"])
        case code if code == BROKEN:
            number = json.loads(said)["errno"]
            raise OSError(number, os.strerror(number))
    raise ArchiveRefused(Fault.TOO_COSTLY, "It takes too long or too much memory to unpack.")


def _wait_for(child: "subprocess.Popen[bytes]", seconds: float, stop: threading.Event) -> None:
    """Wait until the child has ended by itself. What it says fits into the pipe."""
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        if stop.wait(_POLL_SECONDS):
            raise UnpackingStopped
