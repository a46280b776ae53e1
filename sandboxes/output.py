"""The output of a command: its head is passed on as it comes, its tail is kept."""

from sandboxes.base import OnOutput, Stream


class CappedOutput:
    """One output stream, of which at most `limit` bytes are passed on and at most `limit` bytes are kept."""

    def __init__(self, stream: Stream, limit: int, on_output: OnOutput | None = None) -> None:
        self.stream = stream
        self.limit = limit
        self._on_output = on_output
        self._tail = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> None:
        self._pass_on(data)
        self._seen += len(data)
        self._tail += data
        if len(self._tail) > 2 * self.limit:  # trimmed now and then, so that each byte is moved about once
            del self._tail[: -self.limit]

    @property
    def cut(self) -> int:
        """How many bytes are missing from what is kept."""
        return max(0, self._seen - self.limit)

    def kept(self) -> bytes:
        if not self.cut:
            return bytes(self._tail)
        notice = f"[{self.cut:,} bytes of {self.stream} left out; the last {self.limit:,} follow]\n"
        return notice.encode() + bytes(self._tail[-self.limit :])

    def _pass_on(self, data: bytes) -> None:
        if self._on_output is None or self._seen > self.limit:
            return
        room = self.limit - self._seen
        if data[:room]:
            self._on_output(self.stream, data[:room])
        if len(data) > room:
            notice = f"\n[more than {self.limit:,} bytes of {self.stream}; the rest is not shown live]\n"
            self._on_output(self.stream, notice.encode())
