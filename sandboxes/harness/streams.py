"""Makes what the agent prints arrive line by line, and counts it, so that it can be put in order with the steps."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

from sandboxes.harness.recorder import Recorder


class _Counted(io.FileIO):
    """A standard stream. The count goes with each message: so much had been written before it."""

    def __init__(self, handle: int, written: dict[int, int]) -> None:
        super().__init__(handle, "wb", closefd=False)
        self._handle = handle
        self._written = written

    def write(self, data: Any) -> int:
        count = super().write(data)
        self._written[self._handle] += count
        return count


def replace_standard_streams(recorder: Recorder) -> None:
    made = []
    for handle, name in ((1, "stdout"), (2, "stderr")):
        stream = io.TextIOWrapper(
            io.BufferedWriter(_Counted(handle, recorder.written)),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
        made.append(stream)

    def flush() -> None:
        for stream in made:
            with contextlib.suppress(Exception):  # the agent may have closed it
                stream.flush()

    recorder.flush_prints = flush
