"""Which sandboxes are parked: for what was opened lately, a few each, and none where memory is scarce."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandboxes import warm
from sandboxes.base import Backend, Sandbox, SandboxSpec
from sandboxes.errors import SandboxError
from sandboxes.folders import SandboxFolder
from sandboxes.warm import Owner, Parked, WarmShelf

log = logging.getLogger(__name__)

#: What was not opened for so long is not expected to be soon.
RECENT_SECONDS = 600
#: From so many openings within that time on, more than one is parked.
BUSY = 3
#: On one machine, whatever for.
MOST_PARKED = 8
#: Who has just taken one is to have the machine for himself first.
REFILL_SECONDS = 1.0
LOOK_SECONDS = 10.0
#: Of the machine's memory; with less to be had nothing is kept in stock.
LEAST_FREE = 0.1

#: Returns those of some groups that are still of use.
Current = Callable[[Collection[str]], Collection[str]]


@dataclass
class Demand:
    """What a group's sandboxes are opened with, and when that was, in seconds."""

    spec: SandboxSpec
    opened: deque[float] = field(default_factory=lambda: deque(maxlen=BUSY))

    def wanted(self, now: float, most: int) -> int:
        return wanted(self.opened, now, most)


def wanted(opened: Sequence[float], now: float, most: int) -> int:
    """Return how many to park for what was opened at some times: none, one, or where it is busy two. Pure."""
    recent = sum(now - moment < RECENT_SECONDS for moment in opened)
    return min(most, 0 if recent == 0 else 1 if recent < BUSY else 2)


class WarmPool:
    """Parks and gives out a backend's sandboxes. `most` is of each group; a group is what they are opened for."""

    def __init__(self, backend: Backend, shelf: WarmShelf, *, most: int, current: Current) -> None:
        self._backend = backend
        self._shelf = shelf
        self._most = most
        self._current = current
        self._owner = Owner(backend.shared_root())
        self._demands: dict[str, Demand] = {}
        self._lock = threading.Lock()
        self._taken = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warm", daemon=True)
        self._thread.start()

    def open(self, spec: SandboxSpec, group: str) -> Sandbox:
        """Return a parked sandbox, or where none is as `spec` asks a new one. Raise what opening raises."""
        with self._lock:
            demand = self._demands.setdefault(group, Demand(spec))
            demand.spec = replace(spec, labels={}, proxy_socket=None, egress_socket=None)
            demand.opened.append(time.monotonic())
        self._taken.set()
        return self._shelf.take(spec) or self._backend.open(spec)

    def tend(self, now: float | None = None) -> None:
        """End what is of no use, and park what is missing."""
        moment = time.monotonic() if now is None else now
        demands = self._recent(moment)
        is_scarce = free_memory() < LEAST_FREE
        keys = {} if is_scarce else {group: key for group in demands if (key := self._key(demands[group].spec))}
        kept: dict[str, int] = {}
        for folder, parked in self._own():
            kept[parked.group] = kept.get(parked.group, 0) + 1
            most = demands[parked.group].wanted(moment, self._most) if parked.group in keys else 0
            if keys.get(parked.group) != parked.key or kept[parked.group] > most:
                self._shelf.end(folder, parked)
        for group, key in keys.items():
            self._fill(group, key, demands[group], moment)

    def close(self) -> None:
        """End what is parked here. What was given out is others' to end. May be called again."""
        if self._over.is_set():
            return
        self._over.set()
        self._taken.set()
        self._thread.join()
        for folder, parked in self._own():
            self._shelf.end(folder, parked)
        self._owner.close()

    def _recent(self, now: float) -> dict[str, Demand]:
        with self._lock:
            used = {group: demand for group, demand in self._demands.items() if demand.wanted(now, self._most)}
            self._demands = {group: used[group] for group in (self._current(list(used)) if used else ())}
            return dict(self._demands)

    def _key(self, spec: SandboxSpec) -> str:
        """Return the key of a spec, nothing where what it names is there no more."""
        try:
            return self._shelf.key(spec)
        except (SandboxError, OSError) as error:
            log.debug("nothing is parked for a sandbox: %s", error)
            return ""

    def _fill(self, group: str, key: str, demand: Demand, now: float) -> None:
        with warm.counting(self._backend.shared_root()):
            parked = [one for _, one in self._shelf.parked()]
            missing = demand.wanted(now, self._most) - sum(one.key == key and one.group == group for one in parked)
            for _ in range(min(missing, MOST_PARKED - len(parked))):
                if self._over.is_set():
                    return
                self._shelf.park(demand.spec, group=group, owner=self._owner.name)

    def _own(self) -> list[tuple[SandboxFolder, Parked]]:
        return [(folder, parked) for folder, parked in self._shelf.parked() if parked.owner == self._owner.name]

    def _run(self) -> None:
        while not self._over.is_set():
            if self._taken.wait(LOOK_SECONDS):
                self._over.wait(REFILL_SECONDS)
                self._taken.clear()
            if self._over.is_set():
                return
            try:
                self.tend()
            except Exception:
                # Nothing hangs on it: without a parked sandbox one is opened.
                log.exception("sandboxes could not be parked")


def free_memory() -> float:
    """Return the part of the machine's memory that can be had; all of it where that can't be told."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return sizes["MemAvailable"] / sizes["MemTotal"]
    except (OSError, KeyError, ValueError, IndexError):
        return 1.0
