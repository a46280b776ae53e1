"""Ends what a worker left that was killed: processes, control groups, folders."""

import contextlib
import os
import signal
from pathlib import Path

from sandboxes.base import IsWanted
from sandboxes.cgroups import Hierarchy
from sandboxes.folders import SandboxFolder, leftovers


def reap(root: Path, backend: str, hierarchy: Hierarchy | None, is_wanted: IsWanted) -> int:
    """End every sandbox below `root` whose labels are no longer wanted; return how many there were."""
    unwanted = [folder for folder, labels in leftovers(root, backend) if not is_wanted(labels)]
    for folder in unwanted:
        _kill_processes_in(folder)
        if hierarchy is not None:
            hierarchy.group(folder.id).remove()
        folder.remove()
    return len(unwanted)


def _kill_processes_in(folder: SandboxFolder) -> None:
    """Kill every process that has a part of the folder mounted: all that run in the sandbox, and no other."""
    mark = f"/{folder.path.name}/home "
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "mountinfo").read_text():
                os.kill(int(process.name), signal.SIGKILL)
