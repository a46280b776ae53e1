"""Which processes are there: each calls out its name every few seconds, in the broker, and is gone when it stops."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

import redis
from django.conf import settings

log = logging.getLogger(__name__)

CALL_SECONDS = 3
#: A name not called for so long is gone.
GONE_SECONDS = 12
_PREFIX = "callboard:here:"


def note(name: str) -> None:
    """Call out a name once. A broker that is away is not told, and notices by itself."""
    try:
        _client().set(f"{_PREFIX}{name}:{socket.gethostname()}:{os.getpid()}", int(time.time()), ex=GONE_SECONDS)
    except (redis.RedisError, OSError) as error:
        log.debug("presence could not be noted: %s", error)


def keep_noting(names: list[str]) -> None:
    """Call out names for as long as this process runs."""

    def run() -> None:
        while True:
            for name in names:
                note(name)
            time.sleep(CALL_SECONDS)

    threading.Thread(target=run, name="presence", daemon=True).start()


def present() -> set[str]:
    """Return the names called lately; raise redis.RedisError where the broker is away."""
    return {name for name, _ in _called()}


def present_here() -> set[str]:
    """Return the names called lately from this machine; raise redis.RedisError where the broker is away."""
    return {name for name, host in _called() if host == socket.gethostname()}


def _called() -> Iterator[tuple[str, str]]:
    """Yield each name that was called lately, with the host that it was called from."""
    for key in _client().scan_iter(match=f"{_PREFIX}*", count=500):
        name, host, _ = bytes(key).decode().removeprefix(_PREFIX).split(":")
        yield name, host


def _client() -> redis.Redis:
    global _connection  # noqa: PLW0603  # one connection pool a process
    if _connection is None:
        _connection = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3)
    return _connection


_connection: redis.Redis | None = None
