"""Starts processes that are to die with this one.

The kernel's parent-death signal comes when the *thread* that started a process ends, not when its process does. So
everything is started from one thread that lives as long as the process. A forked child gets a thread of its own.
"""

import concurrent.futures
import os
import queue
import subprocess
import threading
from collections.abc import Callable

Start = Callable[[], subprocess.Popen[bytes]]


class Spawner:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._asked: queue.SimpleQueue[tuple[Start, concurrent.futures.Future[subprocess.Popen[bytes]]]]
        self._asked = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="spawner", daemon=True).start()

    def start(self, start: Start) -> subprocess.Popen[bytes]:
        """Call `start` in the long-lived thread and return what it returns, or raise what it raises."""
        answer: concurrent.futures.Future[subprocess.Popen[bytes]] = concurrent.futures.Future()
        self._asked.put((start, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            start, answer = self._asked.get()
            try:
                answer.set_result(start())
            except BaseException as error:  # noqa: BLE001  # it is raised again where it was asked for
                answer.set_exception(error)


_lock = threading.Lock()
_spawner: Spawner | None = None


def spawner() -> Spawner:
    """Return the spawner of this process."""
    global _spawner  # noqa: PLW0603  # one a process
    with _lock:
        if _spawner is None or _spawner.pid != os.getpid():
            _spawner = Spawner()
        return _spawner


def _new_lock() -> None:
    """A fork may have caught the lock held by a thread that the child does not have."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)
