"""What nobody wants any more is ended, whoever opened it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandboxes.base import BackendConfig, Network, SandboxSpec
from sandboxes.errors import SandboxDied
from sandboxes.registry import BACKENDS

WANTED = {"run": "wanted", "step": "s", "attempt": "1"}
UNWANTED = {"run": "unwanted", "step": "s", "attempt": "1"}

_WORKER = """
import sys
from pathlib import Path
from django.utils.module_loading import import_string
from sandboxes.base import BackendConfig, SandboxSpec
backend = import_string(sys.argv[1])(BackendConfig(Path(sys.argv[2])))
sandbox = backend.open(SandboxSpec(labels={"run": "unwanted"}))
print("open", flush=True)
sandbox.exec(["sleep", sys.argv[3]], on_output=print)
"""


def is_wanted(labels):
    return labels.get("run") == "wanted"


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def is_running(*words):
    """Whether a process of this machine has exactly this command line."""
    wanted = "\0".join(words).encode() + b"\0"
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if file.read_bytes() == wanted:
                return True
    return False


def test_what_is_wanted_stays_and_the_rest_goes(any_backend):
    with any_backend.open(SandboxSpec(labels=WANTED)) as kept, any_backend.open(SandboxSpec(labels=UNWANTED)) as lost:
        assert any_backend.reap(is_wanted) == 1
        assert any_backend.reap(is_wanted) == 0

        assert kept.exec(["echo", "alive"]).is_success
        with pytest.raises((SandboxDied, Exception)):
            lost.exec(["echo", "alive"])


def test_networks_go_with_their_sandboxes(docker):
    from sandboxes.backends.docker.engine import engine  # noqa: PLC0415  # only where there is one

    with docker.open(SandboxSpec(labels=UNWANTED, network=Network.INTERNET)) as lost:
        assert docker.reap(is_wanted) == 1

        assert not engine().api.networks(filters={"label": f"callboard.sandbox={lost.id}"})


@pytest.mark.kill
def test_what_a_killed_worker_left_is_ended(backend, roots, request):
    root = roots / f"killed-{request.node.name}"
    name = "docker" if "docker" in request.node.name else "bubblewrap"
    seconds = f"{os.getpid()}.5"
    worker = subprocess.Popen([sys.executable, "-c", _WORKER, BACKENDS[name], root, seconds], stdout=subprocess.PIPE)
    with worker:
        assert worker.stdout.readline() == b"open\n"
        assert until(lambda: is_running("sleep", seconds))
        worker.send_signal(signal.SIGKILL)
    if name == "bubblewrap":  # needs nobody to come by: it dies with its worker
        assert until(lambda: not is_running("sleep", seconds), seconds=2)
    same = type(backend)(BackendConfig(root))

    assert same.reap(lambda _: False) == 1

    assert until(lambda: not is_running("sleep", seconds))
    assert same.reap(lambda _: False) == 0
