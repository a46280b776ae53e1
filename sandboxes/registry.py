"""The ways to isolate: a name and where its class is. A new way is a file and a line here."""

import functools
import logging
import os
import time
from pathlib import Path
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from sandboxes.base import Backend, BackendConfig, IsWanted
from sandboxes.errors import SandboxError, SandboxUnavailable, UnknownBackend
from sandboxes.report import BackendReport

log = logging.getLogger(__name__)

AUTO = "auto"
BACKENDS = {
    "docker": "sandboxes.backends.docker.backend.DockerBackend",
    "bubblewrap": "sandboxes.backends.bubblewrap.backend.BubblewrapBackend",
    "fake": "sandboxes.backends.fake.FakeBackend",
}
#: Those that isolate, the preferred one first.
_REAL = ("docker", "bubblewrap")
_KEEP_SECONDS = 30.0


def backend(name: str) -> Backend:
    """Return the backend of a name; raise UnknownBackend with the names there are."""
    if name not in BACKENDS:
        known = ", ".join([AUTO, *_REAL])
        raise UnknownBackend(
            f"There is no sandbox backend {name!r}. Use one of: {known}.",
            fix=f"Set CALLBOARD_SANDBOX to one of: {known}.",
        )
    return _made(name, _config())


def choose(setting: str | None = None) -> Backend:
    """Return the backend to open sandboxes with. `setting` is a name or `auto`; none is the installation's own.

    `auto` takes docker where the engine answers and has the base image, else bubblewrap where it works. Never is
    anything run without isolation: where neither is there, raise SandboxUnavailable with what to do about it.
    """
    name = settings.CALLBOARD_SANDBOX if setting is None else setting
    return _chosen(name, _config(), os.getpid(), int(time.monotonic() / _KEEP_SECONDS))


@functools.lru_cache(maxsize=8)
def _chosen(name: str, _configured: BackendConfig, _pid: int, _moment: int) -> Backend:
    if name != AUTO:
        only = backend(name)
        if (obstacle := only.obstacle()) is not None:
            raise obstacle
        return only
    obstacles = {}
    for candidate in map(backend, _REAL):
        obstacle = candidate.obstacle()
        if obstacle is None:
            return candidate
        obstacles[candidate.name] = obstacle
    raise _none_of(obstacles)


def _none_of(obstacles: dict[str, SandboxUnavailable]) -> SandboxUnavailable:
    reasons = " ".join(f"{name}: {error.message}" for name, error in obstacles.items())
    fixes = " Or: ".join(error.fix for error in reversed(obstacles.values()) if error.fix)
    return SandboxUnavailable(f"Nothing can be isolated on this machine. {reasons}", fix=fixes)


def check_all() -> list[BackendReport]:
    """Return what each backend says of itself, for the doctor. Takes up to a few seconds."""
    return [backend(name).check() for name in _REAL]


def reap(is_wanted: IsWanted) -> int:
    """End every sandbox of this installation on this machine whose labels are no longer wanted; return how many."""
    ended = 0
    for candidate in map(backend, _REAL):
        if candidate.obstacle() is not None:
            continue
        try:
            ended += candidate.reap(is_wanted)
        except SandboxError as error:
            log.warning("leftover sandboxes of %s could not be ended: %s", candidate.name, error)
    return ended


def _config() -> BackendConfig:
    bundle = settings.CALLBOARD_CA_BUNDLE
    return BackendConfig(
        root=settings.CALLBOARD_HOME.sandboxes,
        base_image=settings.CALLBOARD_BASE_IMAGE,
        ca_bundle=Path(bundle) if bundle else None,
        runtime=settings.CALLBOARD_SANDBOX_RUNTIME or None,
    )


@functools.lru_cache(maxsize=8)
def _made(name: str, config: BackendConfig) -> Backend:
    return cast("Backend", import_string(BACKENDS[name])(config))
