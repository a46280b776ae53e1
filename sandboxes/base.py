"""The contract of every sandbox: what is asked for, what can be done in it, and what comes back."""

import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from sandboxes import paths
from sandboxes.command import Command, ExecResult, OnMessage, OnOutput, Stream, User
from sandboxes.errors import FileError, NotSupported, SandboxUnavailable
from sandboxes.mounts import Mount
from sandboxes.packing import packed
from sandboxes.report import BackendReport

if TYPE_CHECKING:
    from sandboxes.capabilities import Capabilities
    from sandboxes.image_shelf import ImageShelf, ImageWords, KeptImage
    from sandboxes.warm import WarmShelf

__all__ = [
    "GIB",
    "MIB",
    "Backend",
    "BackendConfig",
    "Command",
    "ExecResult",
    "IsWanted",
    "Labels",
    "Limits",
    "Mount",
    "Network",
    "OnMessage",
    "OnOutput",
    "Profile",
    "Sandbox",
    "SandboxSpec",
    "Stream",
    "User",
]

MIB = 1024 * 1024
GIB = 1024 * MIB

#: The names of what a sandbox was opened for: `organization`, `run`, `step`, `attempt`.
Labels = Mapping[str, str]


IsWanted = Callable[[Labels], bool]


class Network(StrEnum):
    NONE = "none"  #: a loopback of its own, and nothing else
    INTERNET = "internet"  #: public addresses; none of the host, its networks or its cloud's metadata


class Profile(StrEnum):
    LOCKED = "locked"  #: no way to more rights, system folders read-only
    SUDO = "sudo"  #: may become root inside, to install packages


@dataclass(frozen=True, slots=True)
class Limits:
    memory_bytes: int = 2 * GIB
    cpus: float = 2.0
    pids: int = 512
    disk_bytes: int = 8 * GIB
    #: The largest single file.
    file_bytes: int = 2 * GIB
    open_files: int = 4096
    #: What is kept of each output stream of a command; of more, the tail.
    output_bytes: int = 10_000_000


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What a sandbox is opened with.

    `labels` let the reaper find what a dead worker left. `image` is for backends that have images; none is the base
    image. `proxy_socket` is a Unix socket of the host that shows up inside as `paths.PROXY`. `egress_socket` is one
    where an HTTP proxy listens, which programs inside are told to use for everything. `ca_bundle` is a file of
    certificates that programs inside are told to trust; none is the installation's own. `runtime` is the engine's; none
    is the installation's own. `must` names the limits that were asked for: a backend that can't hold one says so.
    `mounts` are folders that lie in the backend's `shared_root`.
    """

    labels: Labels = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    network: Network = Network.NONE
    profile: Profile = Profile.LOCKED
    image: str | None = None
    proxy_socket: Path | None = None
    ca_bundle: Path | None = None
    egress_socket: Path | None = None
    runtime: str | None = None
    must: frozenset[str] = frozenset()
    #: Whether an image is to be made of it in the end, its home and all; `labels` must not be empty then.
    is_to_be_kept: bool = False
    mounts: tuple[Mount, ...] = ()


class Sandbox(ABC):
    """One open sandbox. One command at a time; files may be handed in and out meanwhile."""

    id: str

    def exec(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str = paths.HOME,
        user: User = User.USER,
        timeout_seconds: float = 300,
        on_output: OnOutput | None = None,
        on_message: OnMessage | None = None,
        stop: threading.Event | None = None,
    ) -> ExecResult:
        """Run a command to its end, with nothing on its standard input.

        `on_output` gets what it prints as it comes, up to the limit per stream, and then a notice. Raise SandboxDied
        when the sandbox is gone.
        """
        return self.run(
            Command(tuple(argv), dict(env or {}), cwd, User(user), timeout_seconds, on_output, on_message, stop)
        )

    @abstractmethod
    def run(self, command: Command) -> ExecResult: ...

    @abstractmethod
    def write(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Put a file beneath the home folder or /tmp, with the folders it needs; it belongs to the user inside.

        Raise PathRefused for another place, and for a path that leads through a link.
        """

    def write_all(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Put many files into a folder inside, by their paths relative to it, in two steps whatever their number.

        They are unpacked inside and as the user, so nothing that was put in their way leads out of the sandbox. Raise
        FileError where they can't be written.
        """
        bundle = f"{paths.TMP}/.callboard-{secrets.token_hex(8)}.tar"
        self.write(bundle, packed(files))
        unpack = 'mkdir -p "$2" && tar -xf "$1" -C "$2"; code=$?; rm -f "$1"; exit $code'
        result = self.exec(["/bin/sh", "-c", unpack, "sh", bundle, folder])
        if not result.is_success:
            raise FileError(f"The files could not be written: {result.stderr_text.strip()[-500:]}", path=folder)

    @abstractmethod
    def write_folder(self, folder: str, host_folder: Path) -> None:
        """Put everything that is in a folder of the host into one inside, in pieces, whatever its size.

        It belongs to the user inside; of the modes, the owner's right to execute is kept. Links stay links and are
        followed on neither side; what is in the way of a file is replaced. Raise PathRefused for a place inside that is
        not the user's or that leads through a link, FileError for what is neither file, folder nor link on the host.
        """

    @abstractmethod
    def read(self, path: str, *, limit: int) -> bytes:
        """Return a regular file beneath the home folder or /tmp. Raise FileMissing, FileTooLarge or PathRefused."""

    @abstractmethod
    def read_folder(self, folder: str, host_folder: Path, *, limit: int) -> None:
        """Copy everything that is in a folder inside into an empty one of the host, in pieces, whatever its size.

        It belongs to this process's user, and of the modes the owner's right to execute is kept. Links stay links and
        are followed on neither side. Raise FileMissing, PathRefused, FileTooLarge for more than `limit` bytes of files,
        FileError for what is neither file, folder nor link.
        """

    def save_image(self, name: str) -> "KeptImage":
        """Keep the system as it is now, the user's folders apart, as an image under a name."""
        raise NotSupported(f"A sandbox can't be kept as the image {name} here.", fix="Use the docker backend.")

    def variables(self) -> dict[str, str]:
        """Return the environment variables that its image sets."""
        return {}

    def keep(self, image: "ImageWords") -> "KeptImage":
        """Make an image of it as it is now. Raise NotSupported where it was not opened for that."""
        raise NotSupported(f"No image can be made of this sandbox for {image.name}.")

    @abstractmethod
    def close(self) -> None:
        """End whatever runs inside and remove everything. May be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BackendConfig(NamedTuple):
    """What an installation settles for its backends.

    `root` is a folder of the host for what belongs to open sandboxes; it also tells the sandboxes of one installation
    from those of another on the same machine.
    """

    root: Path
    base_image: str = "pipelines-workspace-base"
    ca_bundle: Path | None = None
    #: The container engine's runtime, such as `runsc`; none is its default.
    runtime: str | None = None


class Backend(ABC):
    """A way to isolate."""

    name: ClassVar[str]
    #: Whether something inside can become root, in the sudo profile, to change the system.
    has_root: ClassVar[bool] = False
    #: Whether programs of the host run inside, on the libraries that they run on outside.
    shows_host: ClassVar[bool] = False

    @abstractmethod
    def open(self, spec: SandboxSpec) -> Sandbox:
        """Open a sandbox. Raise SandboxUnavailable, or NotSupported for what this backend can't do."""

    @abstractmethod
    def obstacle(self) -> SandboxUnavailable | None:
        """Return why no sandbox can be opened at the moment, None when one can. Takes milliseconds."""

    @abstractmethod
    def check(self) -> BackendReport:
        """Say whether sandboxes can be opened here and what holds in them. Takes up to a few seconds."""

    @abstractmethod
    def capabilities(self) -> "Capabilities":
        """Return what sandboxes can be held to here. Takes milliseconds. Raise SandboxUnavailable."""

    @abstractmethod
    def shared_root(self) -> Path:
        """Return the folder of the host in which whatever is mounted into sandboxes lies. Only we can write to it."""

    @abstractmethod
    def fingerprint(self, image: str | None) -> str:
        """Return what tells the system that sandboxes of an image show from any other. Takes milliseconds.

        None is the base image. Raise ImageNotReady where there is no such image, SandboxUnavailable.
        """

    @abstractmethod
    def pythons(self) -> Mapping[str, str]:
        """Return the Pythons of the base system: a version, such as 3.13, and its path inside."""

    @abstractmethod
    def default_python(self) -> str:
        """Return the version of the Python that agents run on where nothing else was prepared."""

    def saved_image(self, name: str) -> str | None:
        """Return the id of an image that a sandbox was kept as, None where there is none of that name."""
        del name
        return None

    def saved_images(self) -> list[str]:
        """Return the names of all images that sandboxes of this installation were kept as."""
        return []

    def forget_image(self, name: str) -> None:
        """Remove an image that a sandbox was kept as. One that a sandbox was opened of stays; so does one unknown."""
        del name

    def shelf(self) -> "ImageShelf":
        """Return the images that were made here. Raise NotSupported where there can be none."""
        raise NotSupported(
            f"The {self.name} backend has no images of its own: that takes docker.",
            fix="Use the docker backend: CALLBOARD_SANDBOX=docker.",
        )

    def warm_shelf(self) -> "WarmShelf | None":
        """Return where sandboxes are parked before they are needed; None where opening one takes hardly any time."""
        return None

    @abstractmethod
    def reap(self, is_wanted: IsWanted) -> int:
        """End every sandbox of this installation, open or left behind, whose labels are no longer wanted.

        Returns how many. Any worker of this machine may call it.
        """
