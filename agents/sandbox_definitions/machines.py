"""What the machines that open sandboxes can grant: each notes it in the broker, for those who ask from elsewhere.

Whoever saves a definition is the web process, which in production may not speak to any container engine.
"""

import functools
import json
import logging
import os
import socket
import threading
import time

import redis
from django.conf import settings

from sandboxes import registry
from sandboxes.capabilities import Capabilities
from sandboxes.errors import SandboxError

log = logging.getLogger(__name__)

NOTE_SECONDS = 20
#: What was not noted for so long is of a machine that is gone.
GONE_SECONDS = 70
_PREFIX = "callboard:sandboxes:"


def note() -> None:
    """Say what this machine can grant. A broker or an engine that is away is waited for."""
    try:
        found = registry.choose().capabilities().as_json()
        _client().set(f"{_PREFIX}{socket.gethostname()}:{os.getpid()}", json.dumps(found), ex=GONE_SECONDS)
    except (SandboxError, redis.RedisError, OSError) as error:
        log.debug("what sandboxes can be held to could not be noted: %s", error)


def keep_noting() -> None:
    """Say it again and again, for as long as this process runs."""

    def run() -> None:
        while True:
            note()
            time.sleep(NOTE_SECONDS)

    threading.Thread(target=run, name="machines", daemon=True).start()


def machines() -> list[Capabilities]:
    """Return what each machine can grant that opens sandboxes, else what this one can; none where nobody knows."""
    noted = _noted()
    if noted:
        return noted
    try:
        return [registry.choose().capabilities()]
    except SandboxError:
        return []


def _noted() -> list[Capabilities]:
    try:
        client = _client()
        texts = [client.get(key) for key in client.scan_iter(match=f"{_PREFIX}*", count=500)]
    except (redis.RedisError, OSError) as error:
        log.debug("what machines can grant could not be asked: %s", error)
        return []
    return [Capabilities.from_json(json.loads(text)) for text in texts if text]


def _client() -> redis.Redis:
    return _connected(settings.REDIS_URL)


@functools.cache
def _connected(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=3)
