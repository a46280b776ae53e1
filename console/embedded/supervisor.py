"""Keeps a handful of processes running, and ends every one of them when it ends.

Each child is told by the kernel when its supervisor dies (`setpriv --pdeathsig`), so that not even `kill -9` of the
supervisor leaves one behind.
"""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

log = logging.getLogger(__name__)

#: How long a child may take to end by itself before it is killed.
GRACE_SECONDS = 8
#: The wait before a child that died is started again: doubled each time, back to the first once it has held a while.
FIRST_RESTART_SECONDS = 0.2
LONGEST_RESTART_SECONDS = 15
_HELD_SECONDS = 10
#: So many deaths in a row, none of which came after a child had held, are not chance: its log is shown.
HOPELESS_DEATHS = 5
_LOG_SHOWN_BYTES = 2_000
_POLL_SECONDS = 0.05


@dataclass
class Child:
    """One process that is to be kept running. Its output goes to `log`, appended."""

    name: str
    argv: Sequence[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None
    #: Whether the others need it to end well: servers stop last.
    is_server: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    next_start: float = 0.0
    delay: float = FIRST_RESTART_SECONDS
    #: Deaths in a row that came before it had held.
    quick_deaths: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                # A terminal's Ctrl-C reaches the supervisor alone, which then stops its children in order.
                start_new_session=True,
            )  # fmt: skip
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def how_it_ended(self) -> str:
        """Return what became of the process: `exit code 1`, or the signal that ended it."""
        code = self.process.returncode if self.process is not None else None
        if code is None or code >= 0:
            return f"exit code {code}"
        return f"killed by {signal.Signals(-code).name}"

    def last_words(self) -> str:
        """Return the end of its log."""
        with self.log.open("rb") as log_file:
            log_file.seek(max(0, log_file.seek(0, os.SEEK_END) - _LOG_SHOWN_BYTES))
            return log_file.read().decode(errors="replace").strip()


class Supervisor:
    """Starts children in the order they are given, and keeps them running."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.stopping = threading.Event()

    def install_signal_handlers(self) -> None:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def add(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def watch(self) -> None:
        """Start again whatever dies, until told to stop."""
        while not self.stopping.wait(_POLL_SECONDS):
            now = time.monotonic()
            for child in self.children:
                if not child.is_running:
                    self._restart(child, now)

    def stop(self) -> None:
        """End the processes, all at once, and then the servers that they used."""
        _end([child for child in self.children if not child.is_server])
        _end([child for child in self.children if child.is_server])

    def _restart(self, child: Child, now: float) -> None:
        if child.next_start == 0.0:
            _note_death(child, now)
            child.next_start = now + child.delay
            child.delay = min(child.delay * 2, LONGEST_RESTART_SECONDS)
        elif now >= child.next_start:
            child.next_start = 0.0
            child.start()


def _note_death(child: Child, now: float) -> None:
    """Count a death and say it: in a line, and with the end of the log where it happens again and again.

    It is never given up for good: what stood in its way (a full disk, a port in use) may go while nobody is there.
    """
    if now - child.started_at > _HELD_SECONDS:
        child.quick_deaths, child.delay = 0, FIRST_RESTART_SECONDS
    child.quick_deaths += 1
    log.warning("%s ended (%s); it is started again in %.1f s", child.name, child.how_it_ended, child.delay)
    if child.quick_deaths == HOPELESS_DEATHS:
        log.error(
            "%s has ended %s times in a row right after its start, so something is wrong with it. It goes on being "
            "tried, at most every %s s. Its log %s ends:\n%s",
            child.name, child.quick_deaths, LONGEST_RESTART_SECONDS, child.log, child.last_words(),
        )  # fmt: skip


def _end(children: Sequence[Child]) -> None:
    running = [(child, child.process) for child in children if child.process is not None and child.is_running]
    for child, process in running:
        process.send_signal(child.stop_signal)
    deadline = time.monotonic() + GRACE_SECONDS
    for _, process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_group(process)
            process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
