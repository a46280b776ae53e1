"""Who there is to kill: the processes of an instance, seen from outside."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.support.instance import Instance

WORKERS = ("control", "agents")


def workers(instance: Instance) -> list[int]:
    """Return the processes at the head of each group of workers."""
    found = [pid for name in WORKERS for pid in instance.processes("celery", f"{name}@")]
    return [pid for pid in found if _parent(pid) not in found]


def pool(instance: Instance) -> list[int]:
    """Return the processes that carry out steps."""
    return [child for pid in workers(instance) for child in _children(pid)]


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


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
