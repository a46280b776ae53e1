"""One backend after another, and a sandbox of each. `any_backend` also has the fake one, where nothing needs to run."""

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes.backends.bubblewrap.backend import BubblewrapBackend
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.backends.fake import FakeBackend
from sandboxes.base import Backend, BackendConfig, Sandbox, SandboxSpec
from tests.sandboxes import engine
from tests.sandboxes.tiny_shell import answer

REAL = ("bubblewrap", "bubblewrap-rlimits", "docker")
_MARKS = {"docker": [pytest.mark.docker]}


def _params(names):
    return [pytest.param(name, marks=_MARKS.get(name, [])) for name in names]


@functools.cache
def _why_no_docker() -> str:
    return engine.why_not()


def make_backend(name: str, root: Path) -> Backend:
    """Make a backend of its own root. Skips, with the reason, where there is no engine and none is required."""
    config = BackendConfig(root)
    if name == "fake":
        return FakeBackend(config, answer=answer)
    if name == "docker":
        if engine.is_required() or not _why_no_docker():
            return DockerBackend(config)
        pytest.skip(f"the docker backend is not tested here: {_why_no_docker()}")
    backend = BubblewrapBackend(config, use_cgroups=name == "bubblewrap")
    assert backend.obstacle() is None, backend.obstacle()
    return backend


@pytest.fixture(scope="session")
def roots() -> Iterator[Path]:
    """A folder for the backends' own. Whoever sandboxes run as can enter it, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="callboard-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session", params=_params(REAL))
def backend(request, roots) -> Backend:
    return make_backend(request.param, roots / request.param)


@pytest.fixture(scope="session", params=_params((*REAL, "fake")))
def any_backend(request, roots) -> Backend:
    return make_backend(request.param, roots / request.param)


@pytest.fixture(scope="module")
def sandbox(backend) -> Iterator[Sandbox]:
    """One sandbox for all tests of a file that leave it as it was."""
    with backend.open(SandboxSpec()) as opened:
        yield opened


@pytest.fixture(scope="module")
def any_sandbox(any_backend) -> Iterator[Sandbox]:
    with any_backend.open(SandboxSpec()) as opened:
        yield opened


@pytest.fixture(scope="session")
def bubblewrap(roots) -> Backend:
    return make_backend("bubblewrap", roots / "bubblewrap")


@pytest.fixture(scope="session")
def docker(roots) -> Backend:
    return make_backend("docker", roots / "docker")
