"""The same work through other engines, each from PyPI into an environment of its own under `.cache/peers`.

A peer is a script beside this file that knows nothing of Callboard. It is told by its environment where an empty
database and a broker are (`PEER_DATABASE`, `PEER_REDIS`) and how much to do (`PEER_STEPS`, `PEER_RUNS`,
`PEER_ROUNDS`), and prints one line of JSON with the medians of what it can do: `step` (ms a step in a chain of no-op
steps), `runs` (one-step runs a second, two worker processes), `idle` (ms from submit to start).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from benchmarks.results import Scale
from benchmarks.skipping import skip

#: What pip is asked for, by the name of the script.
PEERS: Mapping[str, tuple[str, ...]] = {
    "celery": ("celery", "redis<9", "hiredis", "packaging"),
    "dbos": ("dbos",),
    "langgraph": ("langgraph", "langgraph-checkpoint-postgres", "psycopg[binary,pool]"),
    "prefect": ("prefect<4", "fastapi<0.140"),  # 3.8.8 starts with no newer FastAPI, though it lets one be installed
}
#: How the table calls them.
NAMES = {"celery": "Celery", "dbos": "DBOS", "langgraph": "LangGraph", "prefect": "Prefect"}
INSTALL_SECONDS = 300
RUN_SECONDS = 180
_FIRST_REDIS_DATABASE = 8


class _Unavailable(Exception):
    """A peer can't be measured here."""


def measure(scale: Scale) -> dict[str, dict[str, float]]:
    """Return what each peer took, by the table's name and the key of the result it stands beside."""
    found = {}
    for place, name in enumerate(PEERS):
        began = time.monotonic()
        try:
            found[NAMES[name]] = _measured(name, _environment(name, place, scale))
        except _Unavailable as reason:
            skip(f"{NAMES[name]}: {reason}")
        print(f"{time.monotonic() - began:5.0f} s  {NAMES[name]}", flush=True)
    return found


def _measured(name: str, environment: Mapping[str, str]) -> dict[str, float]:
    python = _installed(name)
    script = Path(__file__).with_name(f"{name}_peer.py")
    try:
        done = subprocess.run(
            [python, script], env=environment, capture_output=True, text=True, check=True, timeout=RUN_SECONDS,
            cwd=settings.CALLBOARD_HOME.path,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _Unavailable(f"it took longer than {RUN_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        raise _Unavailable(f"it failed: {error.stderr.strip()[-500:]}") from error
    values: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return values


def _installed(name: str) -> Path:
    """Return the interpreter of a peer's environment, made on first use; raise _Unavailable."""
    folder = settings.BASE_DIR / ".cache" / "peers" / name
    python: Path = folder / "bin" / "python"
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == " ".join(PEERS[name]):
        return python
    try:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *PEERS[name])
    except subprocess.TimeoutExpired as error:
        raise _Unavailable(f"it was not installed within {INSTALL_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        raise _Unavailable(f"it can't be installed: {error.stderr.strip()[-300:]}") from error
    mark.write_text(" ".join(PEERS[name]))
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)


def _environment(name: str, place: int, scale: Scale) -> dict[str, str]:
    """Return what a peer is told: the same servers, a database of its own, as many steps as we do."""
    database = f"peer_{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database}")
    home = settings.CALLBOARD_HOME
    socket = home.sockets / "broker.sock"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CALLBOARD_", "DJANGO_"))}
    return kept | {
        "PEER_DATABASE": f"postgresql://callboard@/{database}?host={home.sockets}",
        "PEER_REDIS": f"redis+socket://{socket}?virtual_host={_FIRST_REDIS_DATABASE + place}",
        "PEER_STEPS": "100",
        "PEER_RUNS": str(scale.pick(500, 200)),
        "PEER_ROUNDS": str(scale.pick(5, 2)),
        "HOME": str(home.path),
    }
