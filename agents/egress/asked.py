"""What a client asks of the proxy, read from the head of its request. Pure."""

import re
from dataclasses import dataclass
from http import HTTPStatus

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/?#@\\\[\]]+)(?::([0-9]{1,5}))?")
_ABSOLUTE = re.compile(r"http://([^/?#]*)([/?][^#]*)?", re.IGNORECASE)
_HTTP_PORT = 80
_HIGHEST_PORT = 65_535
#: Of one connection and not of what is asked, or the proxy's own business.
_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"host"})


class BadRequest(Exception):
    """The head can't be read, or asks for what no proxy does; the sentence says what."""

    def __init__(self, sentence: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """A tunnel to a host, or one plain request: then `head` is what the host is sent, and `body_bytes` follow it."""

    host: str
    port: int
    head: bytes | None = None
    body_bytes: int = 0


def read_head(head: bytes) -> Asked:
    """Return what the head of a request, up to its blank line, asks for. Raise BadRequest."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or words[2] not in {b"HTTP/1.1", b"HTTP/1.0"}:  # noqa: PLR2004  # method, target, version
        raise BadRequest("This is no HTTP request.")
    target = words[1].decode("latin-1")
    if words[0] == b"CONNECT":
        return Asked(*_authority(target, None))
    return _plain(words[0], target, _headers(lines))


def _plain(method: bytes, target: str, headers: list[tuple[bytes, bytes]]) -> Asked:
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        raise BadRequest("This is a proxy: ask it by a whole http:// address, or for a tunnel.")
    host, port = _authority(found[1], _HTTP_PORT)
    path = found[2] or "/"
    path = path if path.startswith("/") else f"/{path}"
    named = host if port == _HTTP_PORT else f"{host}:{port}"
    kept = [name + b": " + value for name, value in headers if not _is_hop_by_hop(name)]
    lines = [method + b" " + path.encode("latin-1") + b" HTTP/1.1", b"Host: " + named.encode(), *kept]
    return Asked(host, port, b"\r\n".join([*lines, b"Connection: close", b"", b""]), _body_bytes(headers))


def _authority(text: str, port: int | None) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(text)
    number = int(found[2]) if found and found[2] else port
    if found is None or number is None or not 1 <= number <= _HIGHEST_PORT:
        raise BadRequest("The host can't be read: write host:port, without a user.")
    if not found[1].isascii():
        raise BadRequest("The host holds other letters than ASCII: write it as punycode.")
    return found[1].lower(), number


def _headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name) or b"\r" in value or b"\n" in value or b"\0" in value:
            raise BadRequest("A header can't be read.")
        headers.append((name, value.strip(b" \t")))
    return headers


def _is_hop_by_hop(name: bytes) -> bool:
    small = name.lower()
    return small in _HOP_BY_HOP or small.startswith(b"proxy-")


def _body_bytes(headers: list[tuple[bytes, bytes]]) -> int:
    """Return how long the body is. One whose end only its host could tell might go on with a request to another."""
    if any(name.lower() == b"transfer-encoding" for name, _ in headers):
        raise BadRequest("Send a body over plain HTTP with its length.", HTTPStatus.LENGTH_REQUIRED)
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    if len(lengths) > 1 or not all(value.isdigit() for value in lengths):
        raise BadRequest("The length of the body can't be read.")
    return int(lengths.pop()) if lengths else 0
