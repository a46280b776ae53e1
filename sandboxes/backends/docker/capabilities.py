"""What the container engine can hold a sandbox to."""

import time
from functools import lru_cache
from typing import Any

from sandboxes.backends.docker.engine import engine, opening
from sandboxes.capabilities import Capabilities, Wish

_KEEP_SECONDS = 30
#: What the engine says of its kernel, by the wish that needs it.
_NEEDED = {Wish.MEMORY: "MemoryLimit", Wish.PIDS: "PidsLimit", Wish.CPUS: "CpuCfsQuota"}
_WORDS = {Wish.MEMORY: "memory", Wish.PIDS: "the number of processes", Wish.CPUS: "processor time"}


def capabilities(name: str) -> Capabilities:
    """Return what the engine can do, as it was at most half a minute ago. Raise SandboxUnavailable."""
    return _asked(name, int(time.monotonic() / _KEEP_SECONDS))


@lru_cache(maxsize=2)
def _asked(name: str, _moment: int) -> Capabilities:
    with opening():
        info: dict[str, Any] = engine().info()
    cannot = {
        wish: f"The engine can't limit {_WORDS[wish]}: its kernel lacks the control group."
        for wish, key in _NEEDED.items()
        if not info.get(key)
    }
    return Capabilities(name, cannot, float(info.get("NCPU") or 0), tuple(sorted(info.get("Runtimes") or {})))
