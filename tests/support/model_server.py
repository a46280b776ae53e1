"""A model provider of our own: it speaks three wire formats on a real socket and answers what it is told to.

    with ModelServer() as server:
        server.script([fails(429, "Slow down.", retry_after=1), answers({"reasoning": "…", "items": []})])
        …  # point an endpoint's base URL at server.openai_url, server.anthropic_url or server.google_url
        assert server.requests[0].prompt

When the script is used up it answers by itself: a judge's prompt with a pass for every item, any other with "OK".
`python -m tests.support.model_server --port N` runs it alone.
"""

import argparse
import json
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support import model_wires
from tests.support.model_wires import Wire

_ITEM = re.compile(r"\bitem_\d+\b")


@dataclass(frozen=True)
class Reply:
    """What to answer: an error, bytes as they are, or a text or a tool call in the wire format that was asked in."""

    text: str = ""
    arguments: Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    error_code: str = ""
    delay_seconds: float = 0
    input_tokens: int = 100
    output_tokens: int = 20


def says(text: str, **more: Any) -> Reply:
    """Answer with plain text."""
    return Reply(text=text, **more)


def answers(arguments: Mapping[str, Any], **more: Any) -> Reply:
    """Answer with a call of the tool that was asked for, or with its arguments as JSON text where none was."""
    return Reply(arguments=arguments, **more)


def fails(status: int, message: str, *, retry_after: float | None = None) -> Reply:
    """Answer with an error in the provider's own form."""
    return Reply(text=message, status=status, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


def garbage(raw: bytes = b"<html>Bad gateway</html>", *, status: int = 200, **headers: str) -> Reply:
    """Answer with bytes that are no answer."""
    return Reply(raw=raw, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True)
class Recorded:
    """One request as it came in. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    wire: Wire

    @property
    def prompt(self) -> str:
        """All that was said to the model, one message after the other."""
        return self.wire.prompt(self.body)

    @property
    def tool(self) -> str | None:
        """The name of the first tool offered."""
        return self.wire.tool(self.body)


class ModelServer:
    """Serves on 127.0.0.1 in threads of its own until the block ends."""

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Recorded] = []
        self._script: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._server = _HttpServer(("127.0.0.1", port), _Handler)
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

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    anthropic_url = google_url = url

    def script(self, replies: Iterable[Reply]) -> None:
        """Answer the next requests with these, in their order."""
        self._script.extend(replies)

    def answer(self, request: Recorded) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self._script.popleft() if self._script else by_itself(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve_forever(self) -> None:
        self._server.serve_forever()


def by_itself(request: Recorded) -> Reply:
    """Return the answer where the script has none."""
    items = dict.fromkeys(_ITEM.findall(request.prompt))
    if not items:
        return answers({}) if request.tool else says("OK")
    return answers({
        "reasoning": "Every item holds.",
        "items": [{"id": item, "evidence": "The answer shows it.", "step": None, "passed": True} for item in items],
    })  # fmt: skip


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: ModelServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        wire = model_wires.of_path(self.path)
        if wire is None:
            self.send_error(404)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Recorded(self.path, headers, json.loads(body or b"{}"), wire)
        reply = self.server.owner.answer(request)  # type: ignore[attr-defined]
        time.sleep(reply.delay_seconds)
        self._send(reply, _content(reply, request))

    def _send(self, reply: Reply, content: bytes) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are kept."""


def _content(reply: Reply, request: Recorded) -> bytes:
    if reply.raw is not None:
        return reply.raw
    if reply.status >= 400:
        return json.dumps(request.wire.error(reply.status, reply.text, reply.error_code)).encode()
    text = reply.text
    if reply.arguments is not None and request.tool is None:
        text = json.dumps(reply.arguments)
    tool = None if reply.arguments is None or request.tool is None else (request.tool, reply.arguments)
    return json.dumps(request.wire.success(text, tool, reply.input_tokens, reply.output_tokens)).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    server = ModelServer(port=parser.parse_args().port)
    print(f"OpenAI {server.openai_url}   Anthropic and Google {server.url}", flush=True)  # noqa: T201  # a command
    server.serve_forever()


if __name__ == "__main__":
    main()
