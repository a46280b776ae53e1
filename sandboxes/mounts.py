"""Folders of the host that show up in a sandbox, read-only: prepared environments and the like."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sandboxes import paths
from sandboxes.errors import PathRefused

#: What a sandbox puts there itself, or lets its user write to.
_TAKEN = (paths.HOME, paths.TMP, paths.RUN, paths.HARNESS, "/proc", "/dev", "/sys", "/etc", "/usr")


class Mount(NamedTuple):
    """A folder of the host, and the absolute path at which it shows up inside. Nothing inside can write to it."""

    source: Path
    target: str


def check_mounts(mounts: Sequence[Mount], shared: Path) -> None:
    """Raise PathRefused for a folder that isn't the backend's to share, or a target where something else belongs."""
    for mount in mounts:
        target = PurePosixPath(mount.target)
        if not target.is_absolute() or ".." in target.parts or str(target) != mount.target or len(target.parts) <= 2:  # noqa: PLR2004
            raise PathRefused(f"{mount.target!r} is no place for a folder of the host.", path=mount.target)
        if any(target.is_relative_to(taken) or PurePosixPath(taken).is_relative_to(target) for taken in _TAKEN):
            raise PathRefused(f"{mount.target} belongs to the sandbox itself.", path=mount.target)
        if not mount.source.is_dir() or not mount.source.resolve().is_relative_to(shared.resolve()):
            raise PathRefused(f"The folder for {mount.target} does not lie in {shared}.", path=mount.target)
