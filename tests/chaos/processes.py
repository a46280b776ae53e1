"""Who there is to kill: the processes of an instance, seen from outside."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.support.instance import Instance

WORKERS = ("control", "agents")


class Process(NamedTuple):
    pid: int
    parent: int


def workers(instance: Instance) -> list[int]:
    """Return the processes at the head of each group of workers."""
    found = _celery(instance)
    pids = {process.pid for process in found}
    return [process.pid for process in found if process.parent not in pids]


def pool(instance: Instance) -> list[int]:
    """Return the processes that carry out steps."""
    found = _celery(instance)
    pids = {process.pid for process in found}
    return [process.pid for process in found if process.parent in pids]


def kill(pid: int) -> bool:
    """Kill a process outright; return whether it was there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def freeze(pid: int, seconds: float) -> bool:
    """Stop a process for a while, as a machine that swaps or a cut network would; return whether it was there."""

    def go_on() -> None:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        threading.Thread(target=go_on, daemon=True).start()
        return True
    return False


def _celery(instance: Instance) -> list[Process]:
    pids = [pid for name in WORKERS for pid in instance.processes("celery", f"{name}@")]
    return [Process(pid, parent) for pid in pids if (parent := _parent(pid)) is not None]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
