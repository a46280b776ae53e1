"""The engine's way to put two output streams into one: a header of eight bytes before each piece."""

import struct
from collections.abc import Iterator

from sandboxes.base import Stream

_HEADER = struct.Struct(">BxxxL")
_STREAMS = {1: Stream.STDOUT, 2: Stream.STDERR}


class Frames:
    """Takes the bytes as they come. Pieces are passed on before they are complete, so memory stays bounded."""

    def __init__(self) -> None:
        self._header = b""
        self._stream: Stream | None = None
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[Stream, bytes]]:
        while data:
            if not self._left:
                data = self._take_header(data)
                continue
            piece, data = data[: self._left], data[self._left :]
            self._left -= len(piece)
            if self._stream is not None:
                yield self._stream, piece

    def _take_header(self, data: bytes) -> bytes:
        missing = _HEADER.size - len(self._header)
        self._header += data[:missing]
        if len(self._header) == _HEADER.size:
            number, self._left = _HEADER.unpack(self._header)
            self._stream = _STREAMS.get(number)
            self._header = b""
        return data[missing:]
