"""Which server a TLS client asks for, read from the first message that it sends (RFC 8446, 4.1.2; RFC 6066, 3). Pure.

One address serves many names. A tunnel to a host that may be asked could end up at any other that shares its address,
unless the name inside is looked at as well.
"""

#: A record of the handshake, of any version of TLS.
_BEGINNING = b"\x16\x03"
_CLIENT_HELLO = 0x01
_SERVER_NAME, _HOST_NAME = 0x0000, 0x00
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
_VERSION_AND_RANDOM = 2 + 32


class NotTls(Exception):
    """What was sent begins no TLS connection, or not in a way that can be read."""


def server_name(data: bytes) -> str | None:
    """Return the name that is asked for, blank where there is none; None while more is to come. Raise NotTls."""
    message = _message(data)
    return None if message is None else _name_in(_Reader(message))


def _message(data: bytes) -> bytes | None:
    """Return the first handshake message, put together from its records; None where they are not whole yet."""
    message, rest = b"", data
    while not message or len(message) < _length(message):
        if not _BEGINNING.startswith(rest[:2]):
            raise NotTls
        size = int.from_bytes(rest[3:_RECORD_HEAD])
        if len(rest) < _RECORD_HEAD + size or len(rest) < _RECORD_HEAD:
            return None
        message += rest[_RECORD_HEAD : _RECORD_HEAD + size]
        rest = rest[_RECORD_HEAD + size :]
        if message and message[0] != _CLIENT_HELLO:
            raise NotTls
    return message[_MESSAGE_HEAD : _length(message)]


def _length(message: bytes) -> int:
    """Return how long a message is to be, head and all; more than there is while its head is not."""
    if len(message) < _MESSAGE_HEAD:
        return _MESSAGE_HEAD
    return _MESSAGE_HEAD + int.from_bytes(message[1:_MESSAGE_HEAD])


def _name_in(hello: "_Reader") -> str:
    hello.take(_VERSION_AND_RANDOM)
    for width in (1, 2, 1):  # session, ciphers, compressions
        hello.block(width)
    extensions = _Reader(hello.block(2))
    while extensions.has_more:
        kind, content = extensions.number(2), extensions.block(2)
        if kind == _SERVER_NAME:
            return _host_name(_Reader(_Reader(content).block(2)))
    return ""


def _host_name(names: "_Reader") -> str:
    if names.number(1) != _HOST_NAME:
        raise NotTls
    try:
        return names.block(2).decode("ascii")
    except UnicodeDecodeError as error:
        raise NotTls from error


class _Reader:
    """Reads numbers and blocks that are preceded by their length. Raise NotTls where there is less than is said."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def has_more(self) -> bool:
        return self._place < len(self._data)

    def take(self, count: int) -> bytes:
        piece = self._data[self._place : self._place + count]
        if len(piece) < count:
            raise NotTls
        self._place += count
        return piece

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def block(self, width: int) -> bytes:
        return self.take(self.number(width))
