"""Backends that environments can really be prepared on: with the certificates that this machine is told to trust."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.environments.shape import Environment
from agents.environments.work import Work
from sandboxes.backends.bubblewrap.backend import BubblewrapBackend
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import BackendConfig
from tests.sandboxes import engine


class NotedSteps:
    """Steps without a run: keeps them to be looked at."""

    def __init__(self) -> None:
        self.noted: list[dict] = []

    @contextmanager
    def step(self, name: str) -> Iterator[dict]:
        step = {"name": name}
        self.noted.append(step)
        yield step


class Noted(Work):
    """Work whose log and steps can be looked at."""

    @property
    def text(self) -> str:
        return "".join(self.put.__self__)

    @property
    def told(self) -> list[dict]:
        return self.steps.noted


class _Log(list):
    def put(self, _stream: str, text: str) -> None:
        self.append(text)


@pytest.fixture
def work() -> Noted:
    return noted()


def noted() -> Noted:
    return Noted({"run": "test"}, NotedSteps(), _Log().put, threading.Event())


def bundle() -> Path | None:
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


@pytest.fixture(scope="session")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="callboard-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session", params=["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def backend(request, root):
    return make_backend(request.param, root)


@pytest.fixture(scope="session")
def docker(root):
    return make_backend("docker", root)


@pytest.fixture(scope="session")
def bubblewrap(root):
    return make_backend("bubblewrap", root)


def make_backend(name: str, root: Path):
    config = BackendConfig(root / name, ca_bundle=bundle())
    if name == "bubblewrap":
        return BubblewrapBackend(config)
    if (reason := engine.why_not()) and not engine.is_required():
        pytest.skip(f"the docker backend is not tested here: {reason}")
    return DockerBackend(config)


def environment(**fields) -> Environment:
    return Environment(**fields)
