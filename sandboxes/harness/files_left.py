"""What the files that the agent wrote look like in the end: their size, and the beginning of those that are text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from typing import Any

from sandboxes.harness.text import TEXT_LIMIT

_MAX_FILES = 200
_TOTAL_BYTES = 1024 * 1024


def files_left(places: Sequence[str]) -> Iterator[dict[str, Any]]:
    room = _TOTAL_BYTES
    for place in places[:_MAX_FILES]:
        try:
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            yield {"path": place, "is_missing": True}
            continue
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                continue
            content = file.read(min(TEXT_LIMIT, room))
        room -= len(content)
        yield {"path": place, "size": found.st_size, **_as_text(content)}


def _as_text(content: bytes) -> dict[str, str]:
    """Return the text, unless it is none. A character cut in half at the end is no reason against it."""
    if b"\0" in content:
        return {}
    text = content.decode("utf-8", "ignore")
    return {"text": text} if len(text.encode()) >= len(content) - 3 else {}
