"""Makes the run's proxy reachable as `paths.PROXY_URL`, also where the network is closed."""

from __future__ import annotations

import socket

from sandboxes import paths
from sandboxes.harness.relay import Relay, unix_connector


def listen_for_proxy() -> socket.socket:
    return listen_at(paths.PROXY_PORT)


def listen_at(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def start_relay(proxy: str) -> Relay:
    return Relay(listen_for_proxy(), unix_connector(proxy))
