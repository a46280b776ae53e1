"""Files that are on their way, on this machine: what is being received, and copies that are being looked through."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from django.conf import settings

#: Whatever is older was left behind by a process that died.
_KEPT_SECONDS = 24 * 3600


class Incoming(NamedTuple):
    file: IO[bytes]
    path: Path


@contextlib.contextmanager
def incoming_file() -> Iterator[Incoming]:
    """Lend an empty file of one's own. It is gone at the end, unless it was moved elsewhere."""
    folder = settings.CALLBOARD_HOME.cache / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_forgotten(folder)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".zip")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield Incoming(file, Path(name))
    finally:
        Path(name).unlink(missing_ok=True)


def _remove_forgotten(folder: Path) -> None:
    before = time.time() - _KEPT_SECONDS
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
