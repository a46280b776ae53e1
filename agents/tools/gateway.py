"""The proxy of one run: a small HTTP server on a Unix socket, which the sandbox sees as an ordinary URL.

It stands in the worker that carries the run out, so a call needs no way back into the network. It answers whoever
shows the run's token, and only for as long as the run lasts.
"""

import hmac
import json
import secrets
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

LONGEST_BODY = 1024 * 1024
#: Lets scanners tell a run's token from others; it is worth nothing once the run is over.
TOKEN_PREFIX = "art_"  # noqa: S105  # a prefix, not a secret


class Gateway(NamedTuple):
    """An open proxy: its socket on the host, and the token that it takes."""

    socket: Path
    token: str


@contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    """Serve a run's proxy on a socket in `folder` for as long as the block lasts."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(24)
    path = folder / f"proxy-{secrets.token_hex(6)}.sock"
    with _Server(str(path), _Handler) as server:
        server.token = token
        thread = threading.Thread(target=server.serve_until_closed, daemon=True)
        thread.start()
        try:
            yield Gateway(path, token)
        finally:
            server.stop()
            thread.join()
            with suppress(FileNotFoundError):
                path.unlink()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    token: str
    _is_closing = False

    def serve_until_closed(self) -> None:
        """Serve; unlike `serve_forever` it looks at no clock, so a run need not wait for it at its end."""
        while not self._is_closing:
            self.handle_request()

    def stop(self) -> None:
        self._is_closing = True
        self.socket.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """`POST /tools/{name}` with the tool's arguments as a JSON object."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), self.server.token.encode()):
            self._refuse(HTTPStatus.UNAUTHORIZED, "not_signed_in", "Send the run's token as a bearer token.")
            return
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "A tool's arguments are at most 1 MB.")
            return
        self.rfile.read(int(length))
        name = self.path.removeprefix("/tools/")
        self._refuse(HTTPStatus.NOT_FOUND, "tool_not_found", f"This agent has no tool {name[:128]!r}.")

    def do_GET(self) -> None:
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Call a tool by POST /tools/{name}.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep what agents ask out of the worker's log."""

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        body = json.dumps({"error": {"code": code, "message": message, "details": {}}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True
