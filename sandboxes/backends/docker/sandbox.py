import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError

from sandboxes.backends.docker import lifecycle
from sandboxes.backends.docker.container import ROOT_NUMBERS, USER_NUMBERS
from sandboxes.backends.docker.engine import engine, using
from sandboxes.backends.docker.execution import Execution, end_everything_of, output_of
from sandboxes.backends.docker.files import read_file, read_folder, write_file, write_folder
from sandboxes.backends.docker.internet import remove_network
from sandboxes.backends.docker.saved_images import save
from sandboxes.backends.docker.shelf import keep, variables_of, written_bytes
from sandboxes.base import Command, ExecResult, Profile, Sandbox, SandboxSpec, Stream, User
from sandboxes.disk import DiskWatch, sum_of_du
from sandboxes.errors import NotSupported, SandboxDied
from sandboxes.folders import SandboxFolder
from sandboxes.follow import Follower
from sandboxes.image_shelf import ImageWords, KeptImage
from sandboxes.inner import inner_argv
from sandboxes.inside import inside_path
from sandboxes.run_folder import RunFolder, way_environment

_KILLED = 137
#: Each look at the disk is a process in the container, so it is taken less often than on the host.
_DISK_SECONDS = 5.0
#: Of control groups version 2 and version 1; one of them is there.
_OOM_COUNTERS = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"]
_DU = ["du", "--summarize", "--block-size=1", "--one-file-system", "--", "/home/user", "/tmp"]  # noqa: S108  # inside


@dataclass(frozen=True, slots=True)
class Resources:
    """What belongs to one sandbox, to be given back at its end. `network` is empty where it has none of its own."""

    container: str
    network: str
    folder: SandboxFolder
    run_folder: RunFolder

    def release(self) -> None:
        self.run_folder.close()
        lifecycle.remove(self.container)
        if self.network:
            remove_network(self.network)
        self.folder.remove()


class DockerSandbox(Sandbox):
    def __init__(self, spec: SandboxSpec, resources: Resources) -> None:
        self.id = resources.folder.id
        self._spec = spec
        self._resources = resources
        self._container = resources.container
        self._busy = threading.Lock()
        self._is_closed = False
        self._oom_kills = 0

    def run(self, command: Command) -> ExecResult:
        is_root = command.user is User.ROOT
        if is_root and self._spec.profile is not Profile.SUDO:
            raise NotSupported("A locked sandbox has no root.", fix="Open it in the sudo profile.")
        with self._busy, self._alive():
            return self._run(command, ROOT_NUMBERS if is_root else USER_NUMBERS)

    def _run(self, command: Command, numbers: str) -> ExecResult:
        folder = self._resources.run_folder
        env = {**way_environment(folder), **command.env}
        argv = inner_argv(command, is_filtered=folder.is_filtered)
        execution = Execution(self._container, argv, numbers=numbers, env=env)
        with (
            contextlib.closing(execution),
            contextlib.closing(self._follower(command, execution, numbers)) as follower,
        ):
            try:
                execution.release()
                follower.follow()
            except BaseException:
                end_everything_of(self._container, numbers)
                raise
            code = execution.exit_code()
        self._end_what_is_left(numbers, code)
        if follower.ending is None and code != 0:
            self._see_that_it_lives()
        return follower.result(_KILLED if code is None else code, is_oom_killed=code != 0 and self._ran_out_of_memory())

    def _follower(self, command: Command, execution: Execution, numbers: str) -> Follower:
        limits = self._spec.limits
        disk = DiskWatch(self._occupied, limits.disk_bytes, interval_seconds=_DISK_SECONDS)

        def end(times: int) -> None:
            if times > 1 or not end_everything_of(self._container, numbers):
                engine().api.kill(self._container)

        follower = Follower(command, limits, listener=self._resources.run_folder.listener, disk=disk, end=end)
        outputs = {Stream.STDOUT: follower.stdout, Stream.STDERR: follower.stderr}

        def read() -> bool:
            pieces = execution.read()
            for stream, piece in pieces or ():
                outputs[stream].feed(piece)
            return pieces is not None

        follower.add(execution.handle, read)
        return follower

    def _occupied(self) -> int:
        with using():
            if self._spec.is_to_be_kept:
                return written_bytes(self._container)
            return sum_of_du(output_of(self._container, _DU, numbers=USER_NUMBERS))

    def _end_what_is_left(self, numbers: str, code: int | None) -> None:
        """End what the exec itself did not: it was killed before it could, or what is left belongs to root."""
        if code in {None, _KILLED}:
            end_everything_of(self._container, numbers)
        if self._spec.profile is Profile.SUDO:
            end_everything_of(self._container, ROOT_NUMBERS)

    def _see_that_it_lives(self) -> None:
        if not engine().api.inspect_container(self._container)["State"]["Running"]:
            raise SandboxDied("The container ended while a command ran in it.")

    def _ran_out_of_memory(self) -> bool:
        """Say whether the kernel has killed for want of memory since this was last asked.

        The engine's own flag tells of the container's first process alone.
        """
        try:
            said = output_of(self._container, ["cat", *_OOM_COUNTERS], numbers=USER_NUMBERS)
        except APIError:
            return False  # it was killed whole
        counts = [int(line.split()[1]) for line in said.decode().splitlines() if line.startswith("oom_kill ")]
        before, self._oom_kills = self._oom_kills, max([self._oom_kills, *counts])
        return self._oom_kills > before

    def write(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        place = inside_path(path)
        with self._alive():
            write_file(self._container, place, data, mode=mode)

    def write_folder(self, folder: str, host_folder: Path) -> None:
        place = inside_path(folder)
        with self._alive():
            write_folder(self._container, place, host_folder)

    def read_folder(self, folder: str, host_folder: Path, *, limit: int) -> None:
        place = inside_path(folder)
        with self._alive():
            read_folder(self._container, place, host_folder, limit=limit)

    def save_image(self, name: str) -> KeptImage:
        with self._busy, self._alive():
            return save(self._container, name)

    def variables(self) -> dict[str, str]:
        with self._alive():
            return variables_of(self._container)

    def keep(self, image: ImageWords) -> KeptImage:
        if not self._spec.is_to_be_kept:
            return super().keep(image)
        with self._busy, self._alive():
            return keep(self._container, image)

    def read(self, path: str, *, limit: int) -> bytes:
        place = inside_path(path)
        with self._alive():
            return read_file(self._container, place, limit=limit)

    @contextlib.contextmanager
    def _alive(self) -> Iterator[None]:
        if self._is_closed:
            raise SandboxDied("The sandbox is closed.")
        with using():
            yield

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        with using():
            self._resources.release()
