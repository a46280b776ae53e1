"""Watches how much disk a sandbox occupies while a command runs.

Neither backend can put a hard limit on a folder everywhere, so this looks now and then: a fast writer may exceed the
limit for the moment it takes to notice. Single files are limited by the kernel (RLIMIT_FSIZE).
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

_FIRST_LOOK_SECONDS = 0.5
_INTERVAL_SECONDS = 1.0
#: A look that takes long is taken seldom, so that at most a tenth of the time goes into looking.
_REST_FACTOR = 10


class DiskWatch:
    """Answers at once from the last look, and takes the next one in a thread of its own."""

    def __init__(
        self, measure: Callable[[], int], limit_bytes: int, *, interval_seconds: float = _INTERVAL_SECONDS
    ) -> None:
        self._measure = measure
        self._limit_bytes = limit_bytes
        self._interval = interval_seconds
        self._next = max(_FIRST_LOOK_SECONDS, interval_seconds / 2)
        self._used = 0
        self._thread: threading.Thread | None = None

    def is_full(self, elapsed: float) -> bool:
        """Say whether the last look found too much. `elapsed` is in seconds since the command's start."""
        is_looking = self._thread is not None and self._thread.is_alive()
        if elapsed >= self._next and not is_looking:
            self._thread = threading.Thread(target=self._look, args=(elapsed,), name="disk", daemon=True)
            self._thread.start()
        return self._used > self._limit_bytes

    def _look(self, elapsed: float) -> None:
        began = time.monotonic()
        try:
            self._used = self._measure()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("disk use of a sandbox could not be measured: %s", error)
        took = time.monotonic() - began
        self._next = elapsed + took + max(self._interval, took * _REST_FACTOR)


def occupied(folders: Sequence[Path]) -> int:
    """Return how many bytes of disk the folders occupy. `du` walks by descriptors, so no depth defeats it."""
    found = subprocess.run(
        ["nice", "-n", "10", "du", "--summarize", "--block-size=1", "--one-file-system", "--", *map(str, folders)],
        capture_output=True,
        check=False,  # files vanish while it walks
        timeout=60,
    )
    return sum_of_du(found.stdout)


def sum_of_du(output: bytes) -> int:
    """Add up what `du --summarize --block-size=1` printed."""
    return sum(int(line.split()[0]) for line in output.splitlines() if line.strip())
