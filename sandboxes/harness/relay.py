"""Passes bytes between the connections of a listener and connections made for them.

Inside, from a port of the loopback to the proxy's socket; outside, from that socket to the proxy itself.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Callable

Connect = Callable[[], socket.socket]

MAX_CONNECTIONS = 64
_CHUNK = 64 * 1024


class Relay:
    """Serves a listener, which it owns, until it is closed."""

    def __init__(self, listener: socket.socket, connect: Connect) -> None:
        self._listener = listener
        self._connect = connect
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        threading.Thread(target=self._serve, name="relay", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            open_now, self._open = list(self._open), set()
        for end in (self._listener, *open_now):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes whoever waits on it, as closing alone would not
            end.close()

    def _serve(self) -> None:
        while True:
            self._room.acquire()
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), name="relay", daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        try:
            with client, self._connect() as proxy:
                with self._lock:
                    self._open |= {client, proxy}
                back = threading.Thread(target=_copy, args=(proxy, client), name="relay", daemon=True)
                back.start()
                _copy(client, proxy)
                back.join()
                with self._lock:
                    self._open -= {client, proxy}
        except OSError:
            pass  # the proxy is not there: the client sees its connection end
        finally:
            self._room.release()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while True:
            data = source.recv(_CHUNK)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass  # one end is gone, so this direction is over
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def unix_connector(path: str) -> Connect:
    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
        except BaseException:
            connection.close()
            raise
        return connection

    return connect
