import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path

from sandboxes import paths
from sandboxes.backends.bubblewrap.arguments import Layout, options
from sandboxes.backends.bubblewrap.internet import internet
from sandboxes.backends.bubblewrap.process import Started, limited_inside, rlimits, started
from sandboxes.base import Command, ExecResult, Network, Sandbox, SandboxSpec, User
from sandboxes.cgroups import Group
from sandboxes.disk import DiskWatch, occupied
from sandboxes.environment import BASE_ENV
from sandboxes.errors import NotSupported, SandboxDied
from sandboxes.files import Owner, read_beneath, write_beneath
from sandboxes.follow import Follower
from sandboxes.inner import inner_argv
from sandboxes.inside import InsidePath, inside_path
from sandboxes.run_folder import RunFolder, way_environment
from sandboxes.tree_copy import copy_beneath, copy_out

#: Makes the kernel prefer what runs in sandboxes when the whole machine is out of memory.
_OOM_SCORE = "500"
_KILLED = 137


class BubblewrapSandbox(Sandbox):
    """Folders that stay, and a new set of namespaces over them for each command."""

    def __init__(
        self, spec: SandboxSpec, *, layout: Layout, run_folder: RunFolder, group: Group | None, account: Owner
    ) -> None:
        self.id = layout.folder.id
        self._spec = spec
        self._layout = layout
        self._run_folder = run_folder
        self._group = group
        self._account = account
        self._busy = threading.Lock()
        self._is_closed = False

    def run(self, command: Command) -> ExecResult:
        if command.user is User.ROOT:
            raise NotSupported("Nothing can become root in a bubblewrap sandbox.", fix="Use the docker backend.")
        with self._busy:
            if self._is_closed:
                raise SandboxDied("The sandbox is closed.")
            return self._run(command)

    def _run(self, command: Command) -> ExecResult:
        spec = self._spec
        folder = self._run_folder
        env = {**BASE_ENV, **way_environment(folder), **command.env}
        env["PATH"] = self._with_python(env["PATH"])
        limits = rlimits(spec.limits, are_the_only_ones=self._group is None, timeout_seconds=command.timeout_seconds)
        inner = inner_argv(command, is_filtered=folder.is_filtered)
        argv = inner if self._group else limited_inside(inner, spec.limits)
        kills_before = self._group.oom_kills() if self._group else 0
        with (
            started(options(self._layout, env, paths.HOME), argv, limits=limits, account=self._account) as bwrap,
            contextlib.closing(self._follower(command, bwrap)) as follower,
        ):
            self._put_under_limits(bwrap.pid)
            with internet(bwrap.pid) if spec.network is Network.INTERNET else contextlib.nullcontext():
                bwrap.release()
                follower.follow()
            code = bwrap.exit_code()
        if code is None and follower.ending is None:
            raise SandboxDied("bubblewrap was killed.")
        kills = self._group.oom_kills() if self._group else 0
        return follower.result(_KILLED if code is None else code, is_oom_killed=kills > kills_before)

    def _follower(self, command: Command, bwrap: Started) -> Follower:
        folder = self._layout.folder
        disk = DiskWatch(lambda: occupied([folder.home, folder.tmp]), self._spec.limits.disk_bytes)

        def end(_: int) -> None:
            bwrap.process.kill()
            if self._group:
                self._group.kill()

        follower = Follower(command, self._spec.limits, listener=self._run_folder.listener, disk=disk, end=end)
        follower.add_process(bwrap.process)
        return follower

    def _put_under_limits(self, pid: int) -> None:
        if self._group:
            self._group.add(pid)
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/oom_score_adj").write_text(_OOM_SCORE)

    def _with_python(self, path: str) -> str:
        folder = self._layout.python.parent
        return path if folder.is_relative_to("/usr") else f"{path}:{folder}"

    def write(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        place = inside_path(path)
        write_beneath(self._base(place), place, data, mode=mode, owner=self._account)

    def write_all(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write each for itself: the folders are at hand, and unpacking would take a set of namespaces of its own."""
        for name, data in files.items():
            self.write(f"{folder}/{name}", data)

    def write_folder(self, folder: str, host_folder: Path) -> None:
        place = inside_path(folder)
        copy_beneath(self._base(place), place, host_folder, owner=self._account)

    def read_folder(self, folder: str, host_folder: Path, *, limit: int) -> None:
        place = inside_path(folder)
        with self._busy:
            copy_out(self._base(place), place, host_folder, limit=limit)

    def read(self, path: str, *, limit: int) -> bytes:
        place = inside_path(path)
        return read_beneath(self._base(place), place, limit=limit)

    def _base(self, place: InsidePath) -> Path:
        if self._is_closed:
            raise SandboxDied("The sandbox is closed.")
        return self._layout.folder.home if place.folder == paths.HOME else self._layout.folder.tmp

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._run_folder.close()
        if self._group:
            self._group.kill()
            self._group.remove()
        self._layout.folder.remove()
