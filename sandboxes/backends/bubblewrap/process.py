"""Starts one bwrap process and takes it past its gate.

bwrap builds the sandbox and waits; meanwhile its process is put under its limits and its network is joined; then the
command starts. So nothing of the agent's ever runs outside its limits.
"""

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandboxes.backends.bubblewrap.host import as_account, found
from sandboxes.backends.bubblewrap.spawner import spawner
from sandboxes.base import Limits
from sandboxes.errors import SandboxUnavailable
from sandboxes.files import Owner

_SETUP_SECONDS = 10


@dataclass
class Started:
    """bwrap at its gate. `pid` is the first process inside, by the host's number."""

    process: subprocess.Popen[bytes]
    pid: int
    _status: int
    _gate: int

    def release(self) -> None:
        """Let the command start. Raise SandboxUnavailable with bwrap's words where it has given up meanwhile."""
        try:
            os.write(self._gate, b"x")
        except BrokenPipeError as error:
            raise _gave_up(self.process) from error

    def exit_code(self) -> int | None:
        """Return the command's exit code once bwrap has ended, None when it ended without one."""
        for line in _read_all(self._status).splitlines():
            code = json.loads(line).get("exit-code")
            if isinstance(code, int):
                return code
        return None


@contextlib.contextmanager
def started(options: Sequence[str], argv: Sequence[str], *, limits: Sequence[str], account: Owner) -> Iterator[Started]:
    """Start bwrap up to its gate; whatever happens, it is dead after the block.

    The options go through a descriptor: they hold the environment, which is nobody's business in a list of processes.
    """
    status_read, status_write = os.pipe()
    gate_read, gate_write = os.pipe()
    given = os.memfd_create("bwrap")
    os.write(given, b"".join(os.fsencode(option) + b"\0" for option in options))
    os.lseek(given, 0, os.SEEK_SET)
    handed = {"--json-status-fd": status_write, "--block-fd": gate_read, "--args": given}
    command = [
        *as_account(account),
        found("prlimit"),
        *limits,
        found("bwrap"),
        *(str(part) for pair in handed.items() for part in pair),
        "--",
        *argv,
    ]
    try:
        process = spawner().start(lambda: _popen(command, list(handed.values())))
    except OSError as error:
        os.close(status_read)
        os.close(gate_write)
        raise SandboxUnavailable(f"A process could not be started: {error}.") from error
    finally:
        for handle in handed.values():
            os.close(handle)
    with process:
        try:
            yield Started(process, _child_pid(process, status_read), status_read, gate_write)
        finally:
            process.kill()
            os.close(status_read)
            os.close(gate_write)


def rlimits(limits: Limits, *, are_the_only_ones: bool, timeout_seconds: float) -> list[str]:
    """Return options of `prlimit`. Without control groups they also stand in for those, process by process."""
    each = {"core": 0, "fsize": limits.file_bytes, "nofile": limits.open_files}
    if are_the_only_ones:
        each |= {"as": limits.memory_bytes, "cpu": round(timeout_seconds * limits.cpus) + 1}
    return [f"--{name}={value}" for name, value in each.items()]


def limited_inside(argv: Sequence[str], limits: Limits) -> list[str]:
    """Return the command within the limit that stands in for a control group's, as the sandbox's first process sets it.

    The kernel (since 5.14) counts a user's processes for each user namespace. Set outside, before the sandbox has its
    own, the limit would count all of this user's sandboxes together, and one that is full would stop the others.
    """
    return ["prlimit", f"--nproc={limits.pids}", *argv]


def _popen(command: Sequence[str], handed: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=handed,
        env={},  # bwrap's first process inside keeps it, for all inside to read
        cwd="/",
        umask=0o022,
    )


def _child_pid(process: subprocess.Popen[bytes], status: int) -> int:
    """Wait until bwrap says which process it made. Raise SandboxUnavailable with its words where it made none."""
    said = b""
    deadline = time.monotonic() + _SETUP_SECONDS
    while not said.endswith(b"}\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([status], [], [], left)[0]:
            break
        part = os.read(status, 4096)
        if not part:
            break
        said += part
    if said.endswith(b"}\n"):
        return int(json.loads(said.splitlines()[0])["child-pid"])
    raise _gave_up(process)


def _gave_up(process: subprocess.Popen[bytes]) -> SandboxUnavailable:
    process.kill()
    _, errors = process.communicate()
    said = errors.decode(errors="replace").strip()[-500:]
    return SandboxUnavailable(f"bubblewrap could not set up a sandbox: {said or 'it ended without a word'}")


def _read_all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 4096):
        parts.append(part)
    return b"".join(parts)
