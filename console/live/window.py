"""How much a socket has been sent that its reader has not confirmed: daphne's own `send` never waits."""

from collections import deque

#: Characters sent and not yet confirmed, beyond which the writer waits.
WINDOW = 1024 * 1024


class Window:
    """Counts for a reader that confirms. One that never does is let go on, and left to the server's pings."""

    def __init__(self, *, confirms: bool) -> None:
        self._confirms = confirms
        self._sent: deque[tuple[int, int]] = deque()
        self._size = 0

    def sent(self, seq: int, size: int) -> None:
        if self._confirms:
            self._sent.append((seq, size))
            self._size += size

    def confirm(self, seq: int) -> None:
        """Take everything up to event `seq` as dealt with."""
        self._confirms = True
        while self._sent and self._sent[0][0] <= seq:
            self._size -= self._sent.popleft()[1]

    @property
    def is_full(self) -> bool:
        return self._size > WINDOW
