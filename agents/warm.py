"""Sandboxes that wait for the next run of an agent, parked by the workers that carry its runs out."""

import os
import threading
import uuid
from collections.abc import Collection

from django.conf import settings
from django.db import Error, connection

from agents.models import Agent, AgentVersion
from sandboxes.base import Backend, Sandbox, SandboxSpec
from sandboxes.warm_pool import WarmPool

_lock = threading.Lock()
_pools: dict[tuple[int, str], WarmPool] = {}
_is_on = False


def turn_on() -> None:
    """Let this process, a worker's, park sandboxes from its first agent run on."""
    global _is_on  # noqa: PLW0603  # a process is a worker or is not
    _is_on = True


def turn_off() -> None:
    """End what this process has parked, and park nothing any more."""
    global _is_on  # noqa: PLW0603
    with _lock:
        _is_on = False
        own = [_pools.pop(key) for key in list(_pools) if key[0] == os.getpid()]
    for pool in own:
        pool.close()


def opened(backend: Backend, spec: SandboxSpec, version: AgentVersion) -> Sandbox:
    """Open a sandbox for a run of an agent's version: a parked one, where there is one as `spec` asks."""
    pool = _pool(backend)
    return backend.open(spec) if pool is None else pool.open(spec, str(version.pk))


def _pool(backend: Backend) -> WarmPool | None:
    most, shelf = settings.CALLBOARD_WARM_SANDBOXES, backend.warm_shelf()
    if shelf is None or not (_is_on and most):
        return None
    with _lock:
        key = (os.getpid(), str(backend.shared_root()))
        if key not in _pools:
            _pools[key] = WarmPool(backend, shelf, most=most, current=_current)
        return _pools[key]


def _current(groups: Collection[str]) -> Collection[str]:
    """Return those versions that new runs take."""
    try:
        keys = [uuid.UUID(group) for group in groups]
        latest = Agent.objects.filter(latest_id__in=keys, archived_at=None).values_list("latest_id", flat=True)
        return [str(key) for key in latest]
    except Error:
        return groups  # the database is away, which says nothing of agents
    finally:
        # The pool's thread has a connection of its own, which nobody else would give back.
        connection.close()


def _new_lock() -> None:
    """A fork may have caught the lock held by a thread that the child does not have."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)
