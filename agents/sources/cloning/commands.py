"""Runs one git command: with a configuration of ours alone, within the clone's limits, to its end or the clone's."""

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from agents.sources.cloning.complaints import sentence_of, too_large
from agents.sources.cloning.errors import CloneFailed
from agents.sources.cloning.jail import Jail
from agents.sources.cloning.secret import handed
from sandboxes.backends.bubblewrap.host import as_account

_LOOK_MILLISECONDS = 250
#: What is kept of what a command prints.
_MOST_SAID = 64 * 1024 * 1024
_MOST_COMPLAINTS = 64 * 1024

#: Nothing of the machine's, the user's or a repository's own configuration takes part.
_CONFIG = (
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.version=2",
    "http.followRedirects=false",
    "http.proxy=",
    "http.sslVerify=true",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    # A link is made when all files are there, and only if it leads to one of them.
    "core.symlinks=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    # Always one pack, so that the limit of a file is the limit of what is fetched.
    "fetch.unpackLimit=1",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "transfer.bundleURI=false",
    "transfer.credentialsInUrl=die",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a clone is given up: at a moment of the monotonic clock, or when nobody waits for it any more."""

    at: float
    stop: threading.Event

    @property
    def seconds_left(self) -> float:
        return self.at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Git:
    """git for one clone. `certificates` is a file of those to trust; `pin` says where the host is."""

    jail: Jail
    deadline: Deadline
    certificates: Path
    pin: str = ""
    secret: str = field(default="", repr=False)

    def run(self, *arguments: str, is_remote: bool = False) -> bytes:
        """Run a command and return what it prints; raise CloneFailed. Only a remote one is given the login."""
        with (
            handed(self.secret if is_remote else "") as login,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            options = [part for item in (*_CONFIG, *self._own(), *login.config) for part in ("-c", item)]
            limited = self.jail.command(["git", *options, *arguments], seconds=int(self.deadline.seconds_left))
            streams = _Streams(login.stdin, out, err)
            process = _start([*login.prefix, *limited], self._environment(), self.jail, streams)
            code = _ended(process, self.deadline)
            if code:
                said = _text(err, _MOST_COMPLAINTS)
                raise CloneFailed(too_large(self.jail.file_bytes) if self.jail.is_full else sentence_of(said, code))
            return _read(out, _MOST_SAID)

    def _own(self) -> list[str]:
        pin = [f"http.curloptResolve={self.pin}"] if self.pin else []
        return [f"http.sslCAInfo={self.certificates}", *pin]

    def _environment(self) -> dict[str, str]:
        folder = self.jail.folder
        return {
            "PATH": os.defpath,
            "HOME": str(folder / "home"),
            "XDG_CONFIG_HOME": str(folder / "home"),
            "GIT_DIR": str(folder / "repository"),
            "GIT_WORK_TREE": str(folder / "tree"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_ALLOW_PROTOCOL": "https",
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }


class _Streams(NamedTuple):
    stdin: int
    out: IO[bytes]
    err: IO[bytes]


def _start(argv: Sequence[str], environment: dict[str, str], jail: Jail, streams: _Streams) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [*as_account(jail.owner), *argv], stdin=streams.stdin, stdout=streams.out, stderr=streams.err,
            env=environment, cwd=jail.folder, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise CloneFailed(f"git could not be started: {error.strerror}.") from error


def _ended(process: subprocess.Popen[bytes], deadline: Deadline) -> int:
    """Wait for a command and return its exit code; raise CloneFailed, with all of it dead, where the clone is over."""
    handle = os.pidfd_open(process.pid)
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    try:
        while not waiting.poll(_LOOK_MILLISECONDS):
            if deadline.stop.is_set():
                raise CloneFailed("Nobody waits for the clone any more.")
            if deadline.seconds_left <= 0:
                raise CloneFailed("The clone took too long. Use a smaller repository, or one that answers faster.")
    finally:
        os.close(handle)
        # What it left behind dies, too: it is all in one group, or in the jail, which ends with its first process.
        # Before it is waited for, as until then the number of the group is nobody else's.
        _kill_group(process)
        code = process.wait()
    return code


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _read(file: IO[bytes], most_bytes: int) -> bytes:
    file.seek(0)
    data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise CloneFailed("The repository lists more than can be read: it has too many refs or files.")
    return data


def _text(file: IO[bytes], most_bytes: int) -> str:
    """Return the end of what a command complained of."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - most_bytes))
    return file.read().decode(errors="replace")
