"""The bytes of an upload as lines of text, up to the limit, with a note of the record in progress."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from evaluation.seeding import encoding
from evaluation.seeding.place import column_at
from evaluation.seeding.problems import HEADER, CsvRefused, CsvTooLarge

MEGABYTE = 1_000_000
_BUFFER_BYTES = 64 * 1024


class Source(io.RawIOBase):
    """Reads `stream` up to `most_bytes`.

    `number` is the row being read and `record` its lines so far; whoever makes records of the lines keeps both.
    """

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream = stream
        self._most = self._left = most_bytes
        self._is_cut = False
        self.number = HEADER
        self.record: list[str] = []
        self.header: tuple[str, ...] = ()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the io module passes a memoryview
        data = self._stream.read(min(len(buffer), self._left + 1))
        if self._left == self._most:
            encoding.refuse_foreign(data)
        if len(data) > self._left:
            # What fits is still read to its end, so that the row and the column that are too much can be named.
            self._is_cut, data = True, data[: self._left]
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def lines(self) -> Iterator[str]:
        """Yield the lines with their endings; raise CsvRefused at the first byte that is not UTF-8 or too many."""
        # Such bytes come through as lone surrogates, by which the row and the column can be told.
        text = io.TextIOWrapper(io.BufferedReader(self, _BUFFER_BYTES), "utf-8-sig", "surrogateescape", newline="")
        for line in text:
            self.record.append(line)
            if self._is_cut and not line.endswith(("\n", "\r")):
                break
            if not line.isascii() and (bad := encoding.bad_byte(line)) is not None:
                self.record[-1] = line[: bad.position]
                raise self.refusal(bad.message)
            yield line
        if self._is_cut:
            message = f"The file passes {self._most / MEGABYTE:g} MB here. Split it into several."
            raise CsvTooLarge(message, row=self.number, column=self.column_name(self._column))

    def refusal(self, message: str) -> CsvRefused:
        """Return the error for what was met at the end of the record in progress."""
        return CsvRefused(message, row=self.number, column=self.column_name(self._column))

    def column_name(self, place: int) -> str:
        """Return the name of a column by its number from 1, or the number where it has no name."""
        name = self.header[place - 1] if place <= len(self.header) else ""
        return name or f"column {place}"

    @property
    def _column(self) -> int:
        return column_at("".join(self.record))
