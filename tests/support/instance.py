"""A whole instance of its own: database, broker, web, workers and scheduler, as `make up` starts them."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import psycopg
import redis

from console.embedded.home import Home

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 90


@dataclass
class Instance:
    """An instance in a folder. `settings` are environment variables for it."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)
    _reader: threading.Thread | None = None

    def start(self) -> "Instance":
        """Start it and return when it says that it is up."""
        self.port = self.port or _free_port()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if "Ctrl-C" in line:
                # What it goes on to say is read, so that it never waits for a reader.
                self._reader = threading.Thread(target=self._read_on, args=(self.process.stdout,), daemon=True)
                self._reader.start()
                return self
        self.process.stdout.close()
        self.process.wait()
        raise AssertionError("\n".join([*self.said, self.logs()]))

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        try:
            return self.process.wait(30)
        finally:
            if self._reader is not None:
                self._reader.join()

    def _read_on(self, stdout: IO[str]) -> None:
        with stdout:
            self.said.extend(line.rstrip() for line in stdout)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("CALLBOARD_", "DJANGO_", "PYTEST_")) and key not in {"DATABASE_URL", "REDIS_URL"}
        }
        return {
            **inherited,
            "CALLBOARD_HOME": str(self.home),
            "CALLBOARD_PORT": str(self.port),
            "CALLBOARD_SANDBOX": "bubblewrap",
            **self.settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sign_in_link(self) -> str:
        found = re.search(r"http\S+/sign-in/link/\S+", "\n".join(self.said))
        assert found is not None
        return found[0]

    def cli(self, *arguments: str, code: int = 0) -> str:
        """Run `callboard` against it and return what it prints; it must end with `code`."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("callboard")), *arguments], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def api(self) -> httpx.Client:
        """Return a client of its API, as the demo's admin."""
        token = self.cli("token", "create", "--org", "demo", "--user", "admin@example.com", "--name", "a test")
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def database(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(host=str(Home(self.home).sockets), user="callboard", dbname="callboard", autocommit=True)

    def processes(self, *words: str) -> list[int]:
        """Return the processes of this instance whose command line holds all of `words`."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if line and all(word in line for word in words) and self.owns(int(entry.name)):
                found.append(int(entry.name))
        return sorted(found)

    def broker_pid(self) -> int:
        """Return Redis's process, which can't be told by its environment: it writes its title there."""
        with redis.Redis.from_url(f"unix://{self.home / 'sockets' / 'broker.sock'}", socket_timeout=5) as client:
            return int(client.info("server")["process_id"])

    def owns(self, pid: int) -> bool:
        """Say whether a process is there and one of this instance."""
        try:
            return f"CALLBOARD_HOME={self.home}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False

    def sandbox_processes(self) -> list[int]:
        """Return the processes that hold a sandbox of this instance open."""
        folder = str(self.home / "sandboxes").encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdecimal() and folder in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def logs(self) -> str:
        folder = self.home / "logs"
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in folder.glob("*.log"))


def wait_for(look: Any, *, seconds: float = 180, what: str = "it") -> Any:
    """Return the first true value that `look` gives."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
