"""Folders of the host that show up in a sandbox, read-only: prepared environments and the like."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sandboxes import paths
from sandboxes.errors import PathRefused

#: What a sandbox puts there itself, or lets its user write to; `/var/tmp` leads to `/tmp`.
_TAKEN = (
    paths.HOME, paths.TMP, paths.RUN, paths.HARNESS, "/var/tmp", "/proc", "/dev", "/sys", "/etc", "/usr", "/bin",  # noqa: S108
    "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
)  # fmt: skip


class Mount(NamedTuple):
    """A folder of the host, and the absolute path at which it shows up inside. Nothing inside can write to it."""

    source: Path
    target: str


def is_free(target: str) -> bool:
    """Say whether a folder of the host may show up at a place inside: one that is nobody's, and not at the top."""
    place = PurePosixPath(target)
    if not place.is_absolute() or ".." in place.parts or str(place) != target or place.parent == place.parent.parent:
        return False
    return not any(place.is_relative_to(taken) or PurePosixPath(taken).is_relative_to(place) for taken in _TAKEN)


def check_mounts(mounts: Sequence[Mount], shared: Path) -> None:
    """Raise PathRefused for a folder that isn't the backend's to share, or a target where something else belongs."""
    for mount in mounts:
        if not is_free(mount.target):
            raise PathRefused(f"{mount.target!r} is no place for a folder of the host.", path=mount.target)
        if not mount.source.is_dir() or not mount.source.resolve().is_relative_to(shared.resolve()):
            raise PathRefused(f"The folder for {mount.target} does not lie in {shared}.", path=mount.target)
