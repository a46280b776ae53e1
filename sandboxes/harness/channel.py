"""The host's channel, from inside."""

from __future__ import annotations

import json
import socket
from typing import Any


class Channel:
    """One connection. Once the host does not listen any more, what is sent is lost."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._is_open = True

    def send(self, message: dict[str, Any]) -> None:
        self.send_line(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def send_line(self, line: bytes) -> None:
        if not self._is_open:
            return
        try:
            self._socket.sendall(line)
        except OSError:
            self._is_open = False
