"""Builds an image of a Dockerfile: its steps are carried out in a sandbox, and the sandbox is kept.

So a build is held by what holds any sandbox: its network reaches nothing on the inside, its user is nobody on the host,
its time, memory and disk have limits, and certificates that it is lent are not part of what it leaves.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandboxes import paths
from sandboxes.base import GIB, Backend, Command, ExecResult, Limits, Network, Profile, Sandbox, SandboxSpec, User
from sandboxes.dockerfile import Dockerfile, Env, Run, Step, Workdir
from sandboxes.dockerfile.surroundings import Surroundings
from sandboxes.dockerfile.words import WordError
from sandboxes.environment import BASE_ENV
from sandboxes.errors import ImageBuildFailed
from sandboxes.image_shelf import ImageWords, KeptImage

#: Takes a stream, `stdout` or `stderr`, and a piece of what was printed on it.
OnText = Callable[[str, bytes], None]
_MEMORY_BYTES = 4 * GIB
_PROCESSES = 1024
_LEAST_SECONDS = 0.1
_NOT_PATH = {name: value for name, value in BASE_ENV.items() if name != "PATH"}
#: Whoever makes a folder owns it; one that is there stays as it is.
_MAKE_FOLDER = '[ -d "$1" ] || { mkdir -p -- "$1" && chown user:user -- "$1"; }'
_RUN_SCRIPT = 'chmod 755 "$1" && "$1"; code=$?; rm -f "$1"; exit $code'


@dataclass(frozen=True, slots=True)
class BuildJob:
    """What is to be built and within which bounds. `name` is the image's; `labels` are the sandbox's.

    `least_free_bytes` is how much room the machine must have before, `most_bytes` how much the image may add.
    """

    dockerfile: Dockerfile
    name: str
    labels: Mapping[str, str]
    most_seconds: float
    most_bytes: int
    least_free_bytes: int
    on_text: OnText
    on_step: Callable[[int], None] = lambda _number: None
    stop: threading.Event = field(default_factory=threading.Event)


class BuildStopped(Exception):
    """Nobody wants the image any more."""


def build_image(backend: Backend, job: BuildJob) -> KeptImage:
    """Build the image; raise ImageBuildFailed, BuildStopped, or SandboxError where the sandbox itself failed."""
    free = backend.shelf().free_bytes()
    if free < job.least_free_bytes:
        raise ImageBuildFailed(
            f"The worker's disk has {_gigabytes(free)} free; a build needs {_gigabytes(job.least_free_bytes)}.",
            fix="Free some space: images that no agent uses can go. Then rebuild.",
        )
    with backend.open(_sandbox_of(job)) as sandbox:
        return _Build(sandbox, job).carry_out()


def _sandbox_of(job: BuildJob) -> SandboxSpec:
    limits = Limits(memory_bytes=_MEMORY_BYTES, pids=_PROCESSES, disk_bytes=job.most_bytes)
    return SandboxSpec(
        labels=job.labels, limits=limits, network=Network.INTERNET, profile=Profile.SUDO, is_to_be_kept=True
    )


class _Build:
    def __init__(self, sandbox: Sandbox, job: BuildJob) -> None:
        self._sandbox = sandbox
        self._job = job
        self._deadline = time.monotonic() + job.most_seconds
        self._place = Surroundings(sandbox.variables(), {}, paths.HOME)

    def carry_out(self) -> KeptImage:
        steps = self._job.dockerfile.steps
        for number, step in enumerate(steps, start=1):
            self._job.on_step(number)
            self._say(f"Step {number}/{len(steps)}: {step.text}\n")
            self._take(step)
        self._say("Keeping the image.\n")
        kept = self._sandbox.keep(ImageWords(self._job.name, self._place.env, self._place.folder))
        self._say(f"Built {kept.digest}.\n")
        return kept

    def _take(self, step: Step) -> None:
        try:
            self._place = self._place.after(step, self._job.dockerfile.escape)
        except WordError as error:
            raise ImageBuildFailed(f"Line {step.line}: {error}") from error
        match step:
            case Run():
                self._see_to(step, self._run(self._argv(step)))
            case Workdir():
                self._see_to(step, self._run(["/bin/sh", "-c", _MAKE_FOLDER, "sh", self._place.folder], is_ours=True))
            case Env():
                pass

    def _argv(self, step: Run) -> list[str]:
        if not step.script:
            return list(step.argv)
        path = f"{paths.TMP}/.callboard-{secrets.token_hex(8)}"
        self._sandbox.write(path, step.script.encode(), mode=0o755)
        return ["/bin/sh", "-c", _RUN_SCRIPT, "sh", path]

    def _run(self, argv: list[str], *, is_ours: bool = False) -> ExecResult:
        """Run a command as the normal user in the present folder; one of ours as root."""
        left = max(self._deadline - time.monotonic(), _LEAST_SECONDS)
        env = {**self._place.inherited, **self._place.env, **_NOT_PATH}
        user, folder = (User.ROOT, paths.HOME) if is_ours else (User.USER, self._place.folder)
        return self._sandbox.run(Command(argv, env, folder, user, left, self._job.on_text, None, self._job.stop))

    def _see_to(self, step: Step, result: ExecResult) -> None:
        """Raise what a result comes to where it is no success."""
        if self._job.stop.is_set():
            raise BuildStopped
        if reason := _reason(result, self._job):
            raise ImageBuildFailed(f"Line {step.line}: {reason}")

    def _say(self, text: str) -> None:
        self._job.on_text("stdout", text.encode())


def _reason(result: ExecResult, job: BuildJob) -> str:
    if result.is_timed_out:
        return f"The build took longer than {job.most_seconds:g} s, the most."
    if result.is_disk_full:
        return f"The image grew beyond {_gigabytes(job.most_bytes)}, the most."
    if result.is_oom_killed:
        return f"A command needed more than {_gigabytes(_MEMORY_BYTES)} of memory."
    return "" if result.is_success else f"The command ended with exit code {result.exit_code}."


def _gigabytes(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
