"""Runs any command with the run's proxy at hand: `python3 -I -B /opt/callboard relayed COMMAND …`.

The relay goes to a process of its own that is nobody's child, so the command takes this process's place and neither its
exit code nor its children are other than they would be.
"""

from __future__ import annotations

import os
import socket
import threading

from sandboxes import paths
from sandboxes.harness.relay import Relay, unix_connector
from sandboxes.harness.relay_start import listen_for_proxy


def main(argv: list[str]) -> None:
    listener = listen_for_proxy()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            _serve_quietly(listener)
        os._exit(0)
    os.waitpid(child, 0)
    listener.close()
    os.execvp(argv[0], argv)  # noqa: S606  # the command is what this is for


def _serve_quietly(listener: socket.socket) -> None:
    """Serve until the sandbox ends, without holding the command's output open."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    Relay(listener, unix_connector(paths.PROXY))
    threading.Event().wait()
