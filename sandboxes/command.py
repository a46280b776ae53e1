"""A command that runs in a sandbox, and how it ended."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sandboxes import paths


class Stream(StrEnum):
    STDOUT = "stdout"
    STDERR = "stderr"


OnOutput = Callable[[Stream, bytes], None]
#: Called with each JSON object that the harness sends. Written by the agent as far as anyone knows.
OnMessage = Callable[[Mapping[str, object]], None]


class User(StrEnum):
    USER = "user"
    ROOT = "root"  #: only in the sudo profile


@dataclass(frozen=True, slots=True)
class Command:
    """What runs, and within which bounds. `stop` may be set by another thread and ends it within a second.

    `timeout_seconds` covers the command alone. What it leaves running in the background ends with it.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = paths.HOME
    user: User = User.USER
    timeout_seconds: float = 300
    on_output: OnOutput | None = None
    on_message: OnMessage | None = None
    stop: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command ended.

    `exit_code` is the shell's: 128 + n after signal n, 127 for no such command. `stdout` and `stderr` hold at most the
    limit of the spec; of more, a notice and the tail, and `stdout_cut` and `stderr_cut` say how many bytes are missing.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    duration_ms: int
    stdout_cut: int = 0
    stderr_cut: int = 0
    is_timed_out: bool = False
    is_stopped: bool = False
    is_oom_killed: bool = False
    is_disk_full: bool = False
    #: Lines of the channel that were no JSON object or too long, or came after too many.
    messages_dropped: int = 0

    @property
    def is_success(self) -> bool:
        return self.exit_code == 0 and not (self.is_timed_out or self.is_stopped or self.is_disk_full)

    @property
    def stdout_text(self) -> str:
        return self.stdout.decode("utf-8", "replace")

    @property
    def stderr_text(self) -> str:
        return self.stderr.decode("utf-8", "replace")
