"""Serves relays beside a command that takes this process's place.

The relays go to a process of their own that is nobody's child, so neither the command's exit code nor its children are
other than they would be.
"""

from __future__ import annotations

import os
import socket
import threading

from sandboxes.harness.relay import Relay, unix_connector

#: As shells answer.
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


def run_beside(argv: list[str], *, listener: socket.socket, to: str) -> None:
    """Become `argv`, with connections to the listener passed on to a Unix socket. Does not return."""
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            _serve_quietly(listener, to)
        os._exit(0)
    os.waitpid(child, 0)
    listener.close()
    try:
        os.execvp(argv[0], argv)  # noqa: S606  # the command is what this is for
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE)


def _serve_quietly(listener: socket.socket, to: str) -> None:
    """Serve until the sandbox ends, without holding the command's output open."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    Relay(listener, unix_connector(to))
    threading.Event().wait()
