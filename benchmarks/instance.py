"""An instance of the benchmarks' own: database and broker for all, other processes for whom they are needed."""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import redis

from console.embedded import servers
from console.embedded.home import Home
from console.embedded.supervisor import Child, Supervisor

READY_SECONDS = 60


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Run an empty database and a broker in a folder that is gone afterwards, with Django set up for them."""
    # Sandboxes run as another user, who must be able to reach it.
    with tempfile.TemporaryDirectory(prefix="callboard-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        _point_to(Path(folder))
        supervisor = Supervisor()
        try:
            servers.start(supervisor, Home(Path(folder)))
            django.setup()
            _migrate()
            yield
        finally:
            supervisor.stop()


@contextlib.contextmanager
def running(*make: Callable[[], Child]) -> Iterator[None]:
    """Run processes of the instance, ready before the block begins and gone after it."""
    from console.ops import presence  # noqa: PLC0415  # needs Django's settings

    _forget_who_was_here()
    supervisor = Supervisor()
    try:
        children = [supervisor.add(child()) for child in make]
        expected = {child.name for child in children if child.name.startswith("worker-")}
        _wait(lambda: expected <= presence.present() and _answers(children))
        yield
    finally:
        supervisor.stop()


def _point_to(home: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CALLBOARD_")] + ["DATABASE_URL", "REDIS_URL"]:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "CALLBOARD_HOME": str(home),
        "CALLBOARD_PORT": str(_free_port()),
        "CALLBOARD_SANDBOX": "bubblewrap",
        "CALLBOARD_LOG_LEVEL": "WARNING",
    }


def _migrate() -> None:
    from django.core.management import call_command  # noqa: PLC0415  # needs Django's settings

    call_command("migrate", verbosity=0)


def _forget_who_was_here() -> None:
    """Empty the broker: names called out by workers of an earlier measurement would be taken for the new ones."""
    from django.conf import settings  # noqa: PLC0415

    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def _answers(children: list[Child]) -> bool:
    """Return whether the web process, if it is among them, takes connections."""
    from django.conf import settings  # noqa: PLC0415

    if not any(child.name == "web" for child in children):
        return True
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", settings.CALLBOARD_PORT)) == 0


def _wait(is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The processes did not come up within {READY_SECONDS} s.")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
