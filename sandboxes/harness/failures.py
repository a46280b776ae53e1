"""Puts an exception of the agent into words, without the frames that are ours."""

from __future__ import annotations

import os
import traceback
from typing import Any

from sandboxes.harness.text import shortened

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120  # compared with file names of frames
_MESSAGE_LIMIT = 8 * 1024
_MAX_CAUSES = 16


def described(error: BaseException) -> dict[str, Any]:
    """Return `{"type_name", "message", "traceback"}`."""
    kind = type(error)
    name = (
        kind.__qualname__ if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}.{kind.__qualname__}"
    )
    return {
        "type_name": name,
        "message": shortened(_message(error), _MESSAGE_LIMIT),
        "traceback": shortened(_traceback(error)),
    }


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # noqa: BLE001  # whatever the agent's own class raises
        return f"<its message could not be read: {type(second).__name__}>"


def _traceback(error: BaseException) -> str:
    try:
        told = traceback.TracebackException.from_exception(error)
        _drop_our_frames(told)
        return "".join(told.format())
    except Exception as second:  # noqa: BLE001  # out of memory or of stack
        return f"<the traceback could not be made: {type(second).__name__}>"


def _drop_our_frames(told: traceback.TracebackException) -> None:
    waiting, seen = [told], 0
    while waiting and seen < _MAX_CAUSES:
        one, seen = waiting.pop(), seen + 1
        one.stack[:] = [frame for frame in one.stack if not frame.filename.startswith(_OURS)]
        waiting += [linked for linked in (one.__cause__, one.__context__) if linked is not None]
