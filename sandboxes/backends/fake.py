"""Sandboxes in memory, for tests of what uses sandboxes: commands are answered by a function, nothing runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from sandboxes.backends.fake_shelf import FakeShelf
from sandboxes.base import Backend, BackendConfig, Command, ExecResult, IsWanted, Sandbox, SandboxSpec, Stream
from sandboxes.capabilities import Capabilities
from sandboxes.errors import FileMissing, FileTooLarge, SandboxDied, SandboxUnavailable
from sandboxes.folders import private_root
from sandboxes.host_tree import EntryKind, entries
from sandboxes.image_shelf import ImageWords, KeptImage
from sandboxes.inside import inside_path
from sandboxes.mounts import check_mounts
from sandboxes.output import CappedOutput
from sandboxes.report import BackendReport, Finding, Level

_TICK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class FakeReply:
    """What a command does: prints, sends over the channel, leaves files, takes its time, ends."""

    exit_code: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    messages: Sequence[Mapping[str, object]] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    lasts_seconds: float = 0.0


Answer = Callable[[Command, Mapping[str, bytes]], FakeReply]


def no_such_command(command: Command, _files: Mapping[str, bytes]) -> FakeReply:
    return FakeReply(127, stderr=f"{command.argv[0]}: not found\n".encode())


class FakeSandbox(Sandbox):
    """`commands` are those that were run, `files` what there is."""

    def __init__(self, sandbox_id: str, spec: SandboxSpec, answer: Answer, shelf: FakeShelf | None = None) -> None:
        self.id = sandbox_id
        self.spec = spec
        self.commands: list[Command] = []
        self.files: dict[str, bytes] = {}
        self.is_closed = False
        self._answer = answer
        self._shelf = shelf

    def run(self, command: Command) -> ExecResult:
        self._must_be_open()
        self.commands.append(command)
        reply = self._answer(command, self.files)
        outputs = [
            CappedOutput(stream, self.spec.limits.output_bytes, command.on_output)
            for stream in (Stream.STDOUT, Stream.STDERR)
        ]
        for output, data in zip(outputs, (reply.stdout, reply.stderr), strict=True):
            output.feed(data)
        if command.on_message is not None:
            for message in reply.messages:
                command.on_message(message)
        self.files.update(reply.files)
        return _ended(command, reply, *outputs)

    def write(self, path: str, data: bytes, *, mode: int = 0o644) -> None:  # noqa: ARG002  # there are no rights here
        self._must_be_open()
        self.files[inside_path(path).text] = data

    def write_all(self, folder: str, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            self.write(f"{folder}/{name}", data)

    def write_folder(self, folder: str, host_folder: Path) -> None:
        for entry in entries(host_folder):
            place = f"{inside_path(folder).text}/{entry.path}"
            if entry.kind is EntryKind.FILE:
                with entry.open() as file:
                    self.write(place, file.read())

    def read_folder(self, folder: str, host_folder: Path, *, limit: int) -> None:
        self._must_be_open()
        root = inside_path(folder).text
        found = {name: data for name, data in self.files.items() if name.startswith(f"{root}/")}
        if not found:
            raise FileMissing(f"There is no folder {root}.", path=root)
        if sum(map(len, found.values())) > limit:
            raise FileTooLarge(f"{root} holds more than {limit:,} bytes.", path=root, limit=limit)
        for name, data in found.items():
            place = host_folder / name.removeprefix(f"{root}/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def read(self, path: str, *, limit: int) -> bytes:
        self._must_be_open()
        place = inside_path(path).text
        if place not in self.files:
            raise FileMissing(f"There is no file {place}.", path=place)
        if len(self.files[place]) > limit:
            raise FileTooLarge(f"{place} is larger than {limit:,} bytes.", path=place, limit=limit)
        return self.files[place]

    def variables(self) -> dict[str, str]:
        return {"PATH": "/usr/bin"}

    def keep(self, image: ImageWords) -> KeptImage:
        self._must_be_open()
        if not self.spec.is_to_be_kept or self._shelf is None:
            return super().keep(image)
        return self._shelf.keep(image)

    def close(self) -> None:
        self.is_closed = True

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise SandboxDied("The sandbox is closed.")


class FakeBackend(Backend):
    """`opened` are the sandboxes that were opened. With `unavailable`, none can be."""

    name: ClassVar[str] = "fake"

    def __init__(
        self,
        config: BackendConfig | None = None,
        *,
        answer: Answer = no_such_command,
        unavailable: SandboxUnavailable | None = None,
    ) -> None:
        self.config = config
        self.opened: list[FakeSandbox] = []
        self._shelf = FakeShelf()
        self._answer = answer
        self._unavailable = unavailable

    def open(self, spec: SandboxSpec) -> FakeSandbox:
        if self._unavailable is not None:
            raise self._unavailable
        if spec.mounts:
            check_mounts(spec.mounts, self.shared_root())
        sandbox = FakeSandbox(f"fake-{len(self.opened) + 1}", spec, self._answer, self._shelf)
        self.opened.append(sandbox)
        return sandbox

    def obstacle(self) -> SandboxUnavailable | None:
        return self._unavailable

    def check(self) -> BackendReport:
        return BackendReport(self.name, "", (Finding(Level.WARNING, "fake", "Nothing runs in these sandboxes."),))

    def capabilities(self) -> Capabilities:
        if self._unavailable is not None:
            raise self._unavailable
        return Capabilities(self.name)

    def shared_root(self) -> Path:
        if self.config is None:
            raise SandboxUnavailable("These sandboxes have no folder on the host.")
        return private_root(self.config.root)

    def pythons(self) -> Mapping[str, str]:
        return {"3.13": "python3"}

    def default_python(self) -> str:
        return "3.13"

    def fingerprint(self, image: str | None) -> str:
        return f"fake {image or 'base'}"

    def shelf(self) -> FakeShelf:
        return self._shelf

    def reap(self, is_wanted: IsWanted) -> int:
        unwanted = [one for one in self.opened if not one.is_closed and not is_wanted(one.spec.labels)]
        for sandbox in unwanted:
            sandbox.close()
        return len(unwanted)


def _ended(command: Command, reply: FakeReply, stdout: CappedOutput, stderr: CappedOutput) -> ExecResult:
    """Let the reply last as long as it says, unless it is stopped or out of time before that."""
    started = time.monotonic()
    is_stopped = is_late = False
    while not (is_stopped or is_late) and (elapsed := time.monotonic() - started) < reply.lasts_seconds:
        is_late = elapsed >= command.timeout_seconds
        is_stopped = command.stop is not None and command.stop.wait(_TICK_SECONDS)
        if command.stop is None:
            time.sleep(_TICK_SECONDS)
    return ExecResult(
        exit_code=137 if is_stopped else 124 if is_late else reply.exit_code,
        stdout=stdout.kept(),
        stderr=stderr.kept(),
        duration_ms=round((time.monotonic() - started) * 1000),
        stdout_cut=stdout.cut,
        stderr_cut=stderr.cut,
        is_timed_out=is_late,
        is_stopped=is_stopped,
    )
