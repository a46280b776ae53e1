"""What a script prints, live, on its way to the run's events."""

import codecs
import threading
from types import TracebackType
from typing import Self

from agents.log_sink import LogSink
from agents.redaction import Redactor
from orchestration.events import EventKind
from orchestration.steps.base import Emit
from sandboxes.base import Stream

#: A script that ends sooner is told of at its end, which saves it a thread and that thread's connection.
SHORT_SECONDS = 0.3


class ScriptLog:
    """Decodes what comes in pieces of bytes, and hands it on as a log does."""

    def __init__(self, redactor: Redactor, emit: Emit) -> None:
        self._sink = LogSink(redactor, emit, kind=EventKind.STEP_LOG)
        self._decoders = {stream: codecs.getincrementaldecoder("utf-8")("replace") for stream in Stream}
        self._lock = threading.Lock()
        self._is_over = self._is_live = False
        self._timer = threading.Timer(SHORT_SECONDS, self._go_live)
        self._timer.daemon = True

    def hear(self, stream: Stream, data: bytes) -> None:
        self._sink.put(stream.value, self._decoders[stream].decode(data))

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_over = True
        for stream, decoder in self._decoders.items():
            self._sink.put(stream.value, decoder.decode(b"", final=True))
        if self._is_live:
            self._sink.__exit__(kind, error, trace)
        else:
            self._sink.drain()

    def _go_live(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_live = True
                self._sink.__enter__()
