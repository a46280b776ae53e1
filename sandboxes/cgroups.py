"""Limits on memory, processes and processor time by control groups, where this process may make some.

Sandboxes get groups of their own at the top of the hierarchy and not below the worker's: their limits are their own,
and a restarted worker finds what its predecessor left.
"""

import contextlib
import functools
import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandboxes.base import Limits

_GROUP = "callboard"
_CPU_PERIOD_US = 100_000
_CONTROLLERS = ("memory", "pids", "cpu")
_REMOVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where groups can be made: one folder for version 2, one a controller for version 1."""

    version: int
    bases: Mapping[str, Path]

    def group(self, name: str) -> "Group":
        return Group(self.version, {controller: base / name for controller, base in self.bases.items()})

    def names(self) -> set[str]:
        return {path.name for base in self.bases.values() for path in base.glob("*") if path.is_dir()}


@dataclass(frozen=True, slots=True)
class Group:
    """The control group of one sandbox."""

    version: int
    folders: Mapping[str, Path]

    def make(self, limits: Limits) -> None:
        for folder in set(self.folders.values()):
            folder.mkdir(parents=True)
        settings = _settings_v2(limits) if self.version == 2 else _settings_v1(limits)  # noqa: PLR2004  # the version
        for controller, values in settings.items():
            for name, value in values.items():
                file = self.folders[controller] / name
                if file.exists():  # swap accounting is not there on every machine
                    file.write_text(value)

    def add(self, pid: int) -> None:
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def oom_kills(self) -> int:
        """How many processes in it the kernel has killed for want of memory."""
        name = "memory.events" if self.version == 2 else "memory.oom_control"  # noqa: PLR2004  # the version
        with contextlib.suppress(OSError):
            for line in (self.folders["memory"] / name).read_text().splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
        return 0

    def kill(self) -> None:
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                for pid in (folder / "cgroup.procs").read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)

    def remove(self) -> None:
        """Remove it. A process that was just killed keeps it for some milliseconds."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        for folder in set(self.folders.values()):
            while not _is_removed(folder) and time.monotonic() < deadline:
                self.kill()
                time.sleep(0.002)


def _is_removed(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _settings_v2(limits: Limits) -> dict[str, dict[str, str]]:
    quota = round(limits.cpus * _CPU_PERIOD_US)
    return {
        "memory": {"memory.max": str(limits.memory_bytes), "memory.swap.max": "0"},
        "pids": {"pids.max": str(limits.pids)},
        "cpu": {"cpu.max": f"{quota} {_CPU_PERIOD_US}"},
    }


def _settings_v1(limits: Limits) -> dict[str, dict[str, str]]:
    memory = str(limits.memory_bytes)
    return {
        # In this order: memory and swap together can't be less than memory.
        "memory": {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory},
        "pids": {"pids.max": str(limits.pids)},
        "cpu": {
            "cpu.cfs_period_us": str(_CPU_PERIOD_US),
            "cpu.cfs_quota_us": str(round(limits.cpus * _CPU_PERIOD_US)),
        },
    }


@functools.cache
def hierarchy() -> Hierarchy | None:
    """Return where this process may make groups, tried by making one; None where it may not."""
    mounts = _mounts(Path("/proc/self/mounts").read_text())
    for found in (*_unified(mounts), _legacy(mounts)):
        if found is not None and _works(found):
            return found
    return None


def _mounts(text: str) -> dict[str, Path]:
    """Map each version 1 controller, and `unified` for version 2, to where it is mounted."""
    found: dict[str, Path] = {}
    for line in text.splitlines():
        _, target, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found["unified"] = Path(target)
        elif kind == "cgroup":
            found |= {name: Path(target) for name in options.split(",") if name in _CONTROLLERS}
    return found


def _unified(mounts: Mapping[str, Path]) -> list[Hierarchy]:
    """Return the places in version 2 that hand out all three controllers, the highest first."""
    top = mounts.get("unified")
    if top is None:
        return []
    own = next((line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")), "/")
    here = top / own.lstrip("/")
    places = [place for place in reversed([here, *here.parents]) if place.is_relative_to(top)]
    return [Hierarchy(2, dict.fromkeys(_CONTROLLERS, place / _GROUP)) for place in places if _hands_out_all(place)]


def _hands_out_all(place: Path) -> bool:
    try:
        return set(_CONTROLLERS) <= set((place / "cgroup.subtree_control").read_text().split())
    except OSError:
        return False


def _legacy(mounts: Mapping[str, Path]) -> Hierarchy | None:
    if not all(name in mounts for name in _CONTROLLERS):
        return None
    return Hierarchy(1, {name: mounts[name] / _GROUP for name in _CONTROLLERS})


def _works(found: Hierarchy) -> bool:
    """Make the folder for our groups, and in it one group, and put a process into it."""
    probe = found.group(f"probe-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        for base in set(found.bases.values()):
            base.mkdir(exist_ok=True)
            _hand_down(base)
        probe.make(Limits())
        child = os.posix_spawn("/bin/sleep", ["sleep", "10"], {})
        try:
            probe.add(child)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    except OSError:
        return False
    else:
        return True
    finally:
        probe.remove()


def _hand_down(base: Path) -> None:
    """Let the groups in `base` have the controllers (version 2)."""
    control = base / "cgroup.subtree_control"
    if control.exists():
        control.write_text(" ".join(f"+{name}" for name in _CONTROLLERS))
