"""What a script prints, live, on its way to the run's events."""

import codecs
from types import TracebackType
from typing import Self

from agents.log_sink import LogSink
from agents.redaction import Redactor
from orchestration.events import EventKind
from orchestration.steps.base import Emit
from sandboxes.base import Stream


class ScriptLog:
    """Decodes what comes in pieces of bytes, and hands it on as a log does."""

    def __init__(self, redactor: Redactor, emit: Emit) -> None:
        self._sink = LogSink(redactor, emit, kind=EventKind.STEP_LOG)
        self._decoders = {stream: codecs.getincrementaldecoder("utf-8")("replace") for stream in Stream}

    def hear(self, stream: Stream, data: bytes) -> None:
        self._sink.put(stream.value, self._decoders[stream].decode(data))

    def __enter__(self) -> Self:
        self._sink.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.__exit__(kind, error, trace)
