"""Runs the harness on this machine's own interpreters, with nothing around it: the code is ours."""

import json
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandboxes.channel import listen
from sandboxes.prepared import harness_folder
from sandboxes.trajectories.audit import steps_from

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")


def interpreter(version: str) -> str | None:
    """Return a Python of that version on this machine, if there is one."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for candidate in (*map(str, pyenv), f"/usr/bin/python{version}", f"/usr/local/bin/python{version}", sys.executable):
        show = "import sys; print('%d.%d' % sys.version_info[:2])"
        if Path(candidate).exists():
            shown = subprocess.run([candidate, "-I", "-c", show], check=False, capture_output=True, text=True)
            if shown.stdout.strip() == version:
                return candidate
    return None


@dataclass
class Heard:
    """What the harness said, and how its process ended."""

    messages: list[dict]
    exit_code: int
    stdout: str
    stderr: str
    folder: Path
    steps: tuple = field(init=False)

    def __post_init__(self):
        self.steps = steps_from(self.messages)

    def last(self, kind):
        return next((message for message in reversed(self.messages) if message["type"] == kind), None)

    @property
    def final(self):
        kinds = {"result", "bad_result", "exception", "problem"}
        return next((message for message in self.messages if message["type"] in kinds), None)

    @property
    def log(self):
        return "".join(message["text"] for message in self.messages if message["type"] == "log")

    def titles(self, *kinds):
        return [step.title.replace(str(self.folder), "~") for step in self.steps if not kinds or step.kind in kinds]


class Harness:
    def __init__(self, python: str, folder: Path) -> None:
        self.python = python
        self.folder = folder
        self.tree = harness_folder(folder)
        self.agent = folder / "agent"
        self.agent.mkdir()

    def start(self, code: str | None, files: dict[str, str] | None = None, **job: object) -> subprocess.Popen:
        for name, text in {**({"main.py": code} if code is not None else {}), **(files or {})}.items():
            (self.agent / name).parent.mkdir(parents=True, exist_ok=True)
            (self.agent / name).write_text(text)
        whole = {
            "entry_file": "main.py",
            "entrypoint": "run",
            "task_input": {},
            "proxy_url": "http://127.0.0.1:1",
            "run_token": "token",
            "folder": str(self.agent),
            "watched": [str(self.folder)],
            "channel": str(self.folder / "channel.sock"),
            "harness": str(self.tree),
            **job,
        }
        (self.folder / "job.json").write_text(json.dumps(whole))
        command = [self.python, "-I", "-B", self.tree, "agent", self.folder / "job.json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(
        self, code: str | None, files: dict[str, str] | None = None, seconds: float = 60, act=None, **job: object
    ) -> Heard:
        """Run the code to its end; `act` is called with the process meanwhile."""
        messages: list[dict] = []
        with listen(self.folder, "channel.sock") as listener:
            hearing = threading.Thread(target=_hear, args=(listener, messages))
            hearing.start()
            with self.start(code, files, **job) as process:
                if act is not None:
                    act(process)
                stdout, stderr = process.communicate(timeout=seconds)
            hearing.join(10)
        (self.folder / "channel.sock").unlink()
        return Heard(messages, process.returncode, stdout, stderr, self.folder)


def _hear(listener: socket.socket, messages: list[dict]) -> None:
    listener.settimeout(30)
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        messages.extend(json.loads(line) for line in lines)


@pytest.fixture
def harness(tmp_path):
    """The harness on the interpreter of this suite."""
    return Harness(sys.executable, tmp_path)


@pytest.fixture(params=VERSIONS)
def any_harness(request, tmp_path):
    """The harness on each version that it promises to run on."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param} on this machine: the harness is not tested on it")
    return Harness(python, tmp_path)
