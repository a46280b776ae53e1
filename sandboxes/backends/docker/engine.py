"""The connection to the engine, and its errors in our words."""

import contextlib
import os
from collections.abc import Iterator

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from sandboxes.errors import SandboxDied, SandboxUnavailable

_TIMEOUT_SECONDS = 60
_LOCAL = "http+docker://localhost"
_clients: dict[int, docker.DockerClient] = {}


def engine() -> docker.DockerClient:
    """Return this process's connection to the engine. Raise SandboxUnavailable when it does not answer."""
    pid = os.getpid()
    if pid not in _clients:
        client = _connected()
        _clients.clear()  # a forked child must not talk on its parent's connections
        _clients[pid] = client
    return _clients[pid]


def _connected() -> docker.DockerClient:
    try:
        client = docker.from_env(timeout=_TIMEOUT_SECONDS)
    except (DockerException, requests.RequestException) as error:
        raise SandboxUnavailable(
            f"The container engine does not answer: {error}", fix="Start it, or let this user reach its socket."
        ) from error
    if client.api.base_url != _LOCAL:
        client.close()
        raise SandboxUnavailable(
            "The container engine is reached over a network; sandboxes share a socket with their worker.",
            fix="Run the worker on the engine's machine, with DOCKER_HOST=unix://….",
        )
    return client


def labels_of_image(name: str) -> dict[str, str] | None:
    """Return an image's labels, None where there is no such image."""
    try:
        return dict(engine().images.get(name).labels)
    except ImageNotFound:
        return None


@contextlib.contextmanager
def opening() -> Iterator[None]:
    """Tell the engine's errors as a sandbox that can't be opened."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise SandboxUnavailable(f"The container engine could not open a sandbox: {_words(error)}") from error


@contextlib.contextmanager
def using() -> Iterator[None]:
    """Tell the engine's errors as a sandbox that is gone."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise SandboxDied(f"The container is gone or does not answer: {_words(error)}") from error


@contextlib.contextmanager
def removing() -> Iterator[None]:
    """Take what is gone already, or is going just now, for removed."""
    try:
        yield
    except NotFound:
        pass
    except APIError as error:
        if error.status_code != requests.codes.conflict:
            raise


def _words(error: Exception) -> str:
    return str(error.explanation or error) if isinstance(error, APIError) else str(error)
