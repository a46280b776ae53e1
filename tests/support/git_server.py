"""A real git server over https, with an authority of its own: what it serves is made by git itself.

Some of its repositories are not as they should be: one is behind a redirect, one never ends, one drips.
"""

import base64
import os
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.support.certificates import vouch_for

MAIN = '''"""Says what it was asked."""

from helpers.words import GREETING


def run(task_input, *, proxy_url, run_token):
    return {"final_response": f"{GREETING}: {task_input['user_instruction']}"}
'''
FILES: Mapping[str, str] = {"main.py": MAIN, "helpers/words.py": 'GREETING = "Hello from the repository"\n'}

_WHO = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
}  # fmt: skip
_PIECE = 65_000


@dataclass(frozen=True)
class Rules:
    """How one repository is served. `token` is asked for, under any name; `redirect` is where it sends everybody."""

    token: str = ""
    redirect: str = ""
    delay_seconds: float = 0
    is_endless: bool = False
    status: int = 0


@dataclass
class Served:
    """A repository that is served, with the work tree that its commits are made in."""

    name: str
    url: str
    work: Path

    def git(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **_WHO}
        done = subprocess.run(
            ["git", "-C", str(self.work), *arguments], check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes], *, message: str = "Change it") -> str:
        """Write files, commit and push everything; return the commit."""
        for path, content in files.items():
            target = self.work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        return self.commit_staged(message)

    def commit_staged(self, message: str = "Change it") -> str:
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.push()
        return self.git("rev-parse", "HEAD")

    def push(self) -> None:
        self.git("push", "--quiet", "--force", "--all", "origin")
        self.git("push", "--quiet", "--force", "--tags", "origin")


@dataclass(frozen=True)
class Asked:
    """One request, with what it was authorized by."""

    path: str
    authorization: str = field(repr=False)


class GitServer:
    """Serves on 127.0.0.1 until the block ends. `ca` is the file of the authority that vouches for it."""

    def __init__(self, *, names: tuple[str, ...] = ("localhost", "git.test")) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="git-server-")
        self.folder = Path(self._folder.name)
        self.rules: dict[str, Rules] = {}
        self.requests: list[Asked] = []
        vouched = vouch_for(self.folder, *names)
        self.ca = vouched.bundle
        self._server = _HttpsServer(("127.0.0.1", 0), _Handler)
        self._server.context = vouched.server
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def url(self, name: str, *, host: str = "localhost") -> str:
        return f"https://{host}:{self.port}/{name}.git"

    def add(self, name: str, files: Mapping[str, str | bytes] = FILES, **rules: Any) -> Served:
        """Serve a new repository with one commit on `main`."""
        bare, work = self.folder / "served" / f"{name}.git", self.folder / "work" / name
        for path in (bare, work):
            path.mkdir(parents=True)
        repository = Served(name, self.url(name), work)
        repository.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.git("remote", "add", "origin", str(bare))
        repository.commit(files, message="Begin")
        self.rules[name] = Rules(**rules)
        return repository

    def asked_for(self, name: str) -> list[Asked]:
        return [asked for asked in self.requests if asked.path.startswith(f"/{name}.git/")]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._folder.cleanup()


class _HttpsServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: GitServer
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Do the handshake in the request's own thread: a client that keeps one hanging holds up nobody."""
        request.settimeout(30)
        with self.context.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)  # type: ignore[arg-type]
            wrapped.unwrap()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away, or that trusts nobody here, is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _HttpsServer
    protocol_version = "HTTP/1.0"

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        said = self.headers.get("Authorization", "")
        self.server.owner.requests.append(Asked(path, said))
        rules = self.server.owner.rules.get(path[1:].partition(".git/")[0], Rules())
        time.sleep(rules.delay_seconds)
        if rules.redirect:
            self._answer(302, {"Location": f"{rules.redirect}{path.partition('.git')[2]}?{query}"})
        elif rules.status:
            self._answer(rules.status, {})
        elif rules.token and _password(said) != rules.token:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="git"'})
        elif rules.is_endless and b"command=fetch" in body:
            self._never_end()
        else:
            self._backend(path, query, body)

    do_GET = do_POST = _take  # noqa: N815  # the base class looks for these names

    def _answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _backend(self, path: str, query: str, body: bytes) -> None:
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.server.owner.folder / "served"),
            "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_ADDR": "127.0.0.1",
            # Of another account's, and partial clones are allowed, as the known hosts allow them.
            "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "uploadpack.allowFilter", "GIT_CONFIG_VALUE_1": "true",
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._answer(int(headers.pop("Status", "200").split()[0]), headers)
        self.wfile.write(content)

    def _never_end(self) -> None:
        """Send a pack of one file that has no end: stored blocks of deflate, one after the other."""
        self._answer(200, {"Content-Type": "application/x-git-upload-pack-result"})
        self.wfile.write(b"000dpackfile\n")
        self._band(b"PACK" + struct.pack(">II", 2, 1) + _size_of_object(1 << 40) + b"\x78\x01")
        block = b"\x00" + struct.pack("<HH", _PIECE - 1000, 0xFFFF ^ (_PIECE - 1000)) + os.urandom(_PIECE - 1000)
        while True:
            self._band(block)

    def _band(self, data: bytes) -> None:
        self.wfile.write(f"{len(data) + 5:04x}".encode() + b"\x01" + data)

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are kept."""


def _password(said: str) -> str:
    """Return the password of an authorization, whatever its name."""
    try:
        return base64.b64decode(said.removeprefix("Basic ")).decode().partition(":")[2]
    except ValueError:
        return ""


def _size_of_object(size: int) -> bytes:
    """Return the header of a blob in a pack (gitformat-pack)."""
    first, size = (3 << 4) | (size & 15), size >> 4
    parts = []
    while size:
        parts.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    return bytes([*parts, first])
