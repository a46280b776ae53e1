"""The options of one `bwrap` call.

Mount points are made below folders that belong to us alone, never in the home folder or /tmp of the user inside: before
0.12, bwrap would follow a link that had been put there (GHSA-pxhw-h44j-8pfx).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandboxes import paths
from sandboxes.backends.bubblewrap.programs import programs
from sandboxes.folders import SandboxFolder
from sandboxes.mounts import Mount

_SHM_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sandbox is put together from. `python` is bound in where it is not part of /usr."""

    folder: SandboxFolder
    etc: Path
    harness: Path
    python: Path
    can_disable_userns: bool
    mounts: tuple[Mount, ...] = ()


def options(layout: Layout, env: Mapping[str, str], cwd: str) -> list[str]:
    """Return everything before the command, apart from descriptors."""
    return [
        *_isolation(layout),
        *_system(layout),
        *_own(layout),
        "--remount-ro",
        "/",
        *(part for name, value in env.items() for part in ("--setenv", name, value)),
        "--chdir",
        cwd,
    ]


def _isolation(layout: Layout) -> list[str]:
    userns = ["--disable-userns", "--assert-userns-disabled"] if layout.can_disable_userns else []
    return [
        *("--unshare-all", "--unshare-user", *userns),
        *("--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--clearenv"),
        *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
    ]


def _system(layout: Layout) -> list[str]:
    """Return the read-only system: /usr, the names beside it that lead there, /etc of our own, /proc and /dev."""
    made = programs()
    prefix = layout.python.parent.parent
    if not prefix.is_relative_to("/usr"):
        made += ["--ro-bind", str(prefix), str(prefix)]
    made += ["--ro-bind", str(layout.etc), "/etc", "--proc", "/proc", "--dev", "/dev"]
    made += ["--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108  # inside
    made += ["--remount-ro", "/dev"]
    return made


def _own(layout: Layout) -> list[str]:
    folder = layout.folder
    return [
        *("--perms", "0755", "--dir", "/home", "--perms", "0755", "--dir", "/opt"),
        *("--perms", "0755", "--dir", "/run", "--perms", "0755", "--dir", "/var"),
        *("--symlink", paths.TMP, "/var/tmp"),  # noqa: S108  # inside
        *("--bind", str(folder.home), paths.HOME),
        *("--bind", str(folder.tmp), paths.TMP),
        *("--ro-bind", str(folder.run), paths.RUN),
        *("--ro-bind", str(layout.harness), paths.HARNESS),
        *(part for mount in layout.mounts for part in ("--ro-bind", str(mount.source), mount.target)),
    ]
