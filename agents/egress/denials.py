"""Tells of what was blocked: each host once, and not without end."""

import threading
from collections.abc import Callable

#: Different hosts that one run is told of; an agent that tries ports by the thousand fills no log.
MOST_TOLD = 100

OnLine = Callable[[str], None]


class Denials:
    """Keeps what was blocked until somebody listens, then tells it as it comes. Safe to use from any thread."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._waiting: list[str] = []
        self._on_line: OnLine | None = None
        self._lock = threading.Lock()

    def tell(self, sentence: str) -> None:
        with self._lock:
            if sentence in self._told or len(self._told) > MOST_TOLD:
                return
            self._told.add(sentence)
            is_last = len(self._told) > MOST_TOLD
            line = "blocked: more, which are not told of any more" if is_last else f"blocked: {sentence}"
            if self._on_line is None:
                self._waiting.append(line)
            else:
                self._on_line(line)

    def listen(self, on_line: OnLine) -> None:
        """Have `on_line` called with each line, also with those that came before."""
        with self._lock:
            self._on_line = on_line
            waiting, self._waiting = self._waiting, []
            for line in waiting:
                on_line(line)
