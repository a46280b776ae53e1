"""One `exec` in a container.

It waits at a gate until the connection is attached, since what it printed before would be lost: the client's HTTP
library reads ahead when it reads the answer's head. And when its command has ended, it ends everything else of its
user, so that nothing stays behind.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from docker.errors import APIError

from sandboxes import paths
from sandboxes.backends.docker.engine import engine
from sandboxes.backends.docker.frames import Frames
from sandboxes.base import Stream

#: The shell's own words (such as "Killed") are kept out of the command's output, which takes the parentheses.
_GATE = """
read -r _ || exit 125
exec 3>&2 2>/dev/null </dev/null
( "$@" 2>&3 3>&- )
code=$?
kill -s KILL -- -1
exit $code
"""
_READ_BYTES = 64 * 1024
_EXIT_CODE_SECONDS = 5.0
#: In a sandbox that is full of busy processes one try takes a second, and about one in ten fails.
_END_TRIES = 4
#: Of the shell's `kill`: there were processes to end, or none. A shell that could not be started has another.
_KILL_CODES = frozenset({0, 1})


class Execution:
    """An exec at its gate. `numbers` is the user's, as `uid:gid`."""

    def __init__(self, container: str, argv: Sequence[str], *, numbers: str, env: Mapping[str, str]) -> None:
        api = engine().api
        made = api.exec_create(
            container,
            ["/bin/sh", "-c", _GATE, "sh", *argv],
            stdin=True,
            environment=dict(env),
            workdir=paths.HOME,
            user=numbers,
        )
        self._id: str = made["Id"]
        self._socket: Any = api.exec_start(self._id, socket=True)
        self._frames = Frames()

    @property
    def handle(self) -> int:
        return int(self._socket.fileno())

    def release(self) -> None:
        """Let the command start."""
        os.write(self.handle, b"\n")

    def read(self) -> list[tuple[Stream, bytes]] | None:
        """Return what came; None at the end."""
        try:
            data = os.read(self.handle, _READ_BYTES)
        except BlockingIOError:
            return []
        return list(self._frames.feed(data)) if data else None

    def exit_code(self) -> int | None:
        """Return the exit code; None when the engine has none, as of an exec whose container died."""
        return _exit_code_of(self._id)

    def close(self) -> None:
        # The client hangs the answer onto the socket, and closing that closes both.
        getattr(self._socket, "_response", self._socket).close()


def output_of(container: str, argv: Sequence[str], *, numbers: str) -> bytes:
    """Run something of our own in the container and return what it printed; in rare cases that is lost."""
    api = engine().api
    made = api.exec_create(container, list(argv), user=numbers, workdir="/", stderr=False)
    found: bytes = api.exec_start(made["Id"])
    return found


def end_everything_of(container: str, numbers: str) -> bool:
    """Kill every process of a user in the container, and wait until that is done: the next one must not be among them.

    It takes a process more, for which a sandbox that is full of them may have no room: hence several tries. Return
    False where none could do it.
    """
    return any(_ended_everything_of(container, numbers) for _ in range(_END_TRIES))


def _ended_everything_of(container: str, numbers: str) -> bool:
    api = engine().api
    try:
        made = api.exec_create(container, ["/bin/sh", "-c", "kill -s KILL -- -1"], user=numbers, workdir="/")
        api.exec_start(made["Id"])
        return _exit_code_of(made["Id"]) in _KILL_CODES
    except APIError:
        return False


def _exit_code_of(execution: str) -> int | None:
    deadline = time.monotonic() + _EXIT_CODE_SECONDS
    while True:
        found = engine().api.exec_inspect(execution)
        code = found.get("ExitCode")
        if not found.get("Running") or time.monotonic() > deadline:
            return code if isinstance(code, int) else None
        time.sleep(0.01)
