"""A web server of our own: it keeps what it is asked and answers what it is told to, else 200 with `{}`."""

import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    """What to answer. `drip_seconds` is the pause before each byte of the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    drip_seconds: float = 0


@dataclass(frozen=True)
class Asked:
    """One request as it came in. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class WebServer:
    """Serves on 127.0.0.1 in threads of its own until the block ends; with `tls`, over https."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Asked] = []
        self._script: deque[Answer] = deque()
        self._server = _HttpServer(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, answers: Iterable[Answer]) -> None:
        """Answer the next requests with these, in their order."""
        self._script.extend(answers)

    def answer(self, asked: Asked) -> Answer:
        self.requests.append(asked)
        return self._script.popleft() if self._script else Answer()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: WebServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.answer(Asked(self.command, self.path, headers, body))
        time.sleep(answer.delay_seconds)
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815  # the base class looks for these names

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        for byte in answer.body if answer.drip_seconds else ():
            time.sleep(answer.drip_seconds)
            self.wfile.write(bytes([byte]))
        if not answer.drip_seconds:
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are kept."""
