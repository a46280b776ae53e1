"""A git server whose certificate is trusted here, and which is named as one that may be asked."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.sources.base import FetchContext
from agents.sources.cloning.clone import Wanted, cloning
from agents.sources.cloning.urls import repository
from console.embedded.home import Home
from tests.support.git_server import GitServer


@pytest.fixture(scope="module")
def _server() -> Iterator[GitServer]:
    with GitServer() as running:
        yield running


@pytest.fixture
def server(_server, settings, tmp_path) -> GitServer:
    """The module's server, with nothing in the cache of what it serves."""
    settings.CALLBOARD_CA_BUNDLE = str(_server.ca)
    settings.CALLBOARD_TRUSTED_HOSTS = [f"localhost:{_server.port}"]
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    _server.requests.clear()
    return _server


@pytest.fixture
def lines() -> list[str]:
    """What is told of a fetch."""
    return []


@pytest.fixture
def context(lines) -> FetchContext:
    return FetchContext(uuid.uuid4(), "main.py", threading.Event(), lines.append)


@pytest.fixture
def clone(settings, tmp_path, lines):
    """Clone into a folder and return it, with the commit that was taken."""

    def cloned(url: str, ref: str = "", token: str = "", stop: threading.Event | None = None) -> tuple[Path, str]:
        folder = tmp_path / f"into-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        wanted = Wanted(repository(url), ref, token)
        with cloning(wanted, stop=stop or threading.Event(), on_line=lines.append) as under_way:
            found = under_way.resolve()
            under_way.fill(folder, found)
        return folder, found.commit

    return cloned
