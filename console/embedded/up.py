"""`make up`: everything on this machine, under one supervisor, until Ctrl-C."""

import contextlib
import fcntl
import os
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from console.access import Role
from console.demo import contents as demo
from console.embedded import processes, servers
from console.embedded.errors import CannotStart
from console.embedded.home import Home
from console.embedded.supervisor import Supervisor
from console.errors import Conflict
from console.models import User
from console.ops import health
from console.services.first_run import set_up_link_create
from console.signing_in.auth import sign_in_link_create

Say = Callable[[str], None]

READY_SECONDS = 60


def run(say: Say) -> None:
    """Bring everything up, keep it up, and end it all when told to; raise CannotStart."""
    home = settings.CALLBOARD_HOME
    with _only_one(home):
        _check_port()
        supervisor = Supervisor()
        supervisor.install_signal_handlers()
        try:
            _start(supervisor, home, say)
            supervisor.watch()
            say("Stopping.")
        finally:
            supervisor.stop()


def _start(supervisor: Supervisor, home: Home, say: Say) -> None:
    servers.start(supervisor, home, database=settings.CALLBOARD_EMBEDS_DATABASE, redis=settings.CALLBOARD_EMBEDS_BROKER)
    # The web process takes longest to come up, and needs no table before its first request.
    if _has_no_new_migrations():
        _start_processes(supervisor)
    else:
        say("Preparing the database.")
        call_command("migrate", verbosity=0)
        _start_processes(supervisor)
    if settings.CALLBOARD_DEMO:
        demo.ensure(say)
    user = User.objects.filter(memberships__role=Role.ORG_ADMIN).order_by("created_at").first()
    way_in = _way_in(user)
    _wait_until_ready(supervisor)
    _let_go_of_the_database()
    # The command line finds the instance by it, whatever port was chosen.
    (home.path / "url").write_text(settings.CALLBOARD_URL)
    say(f"Callboard is at {settings.CALLBOARD_URL}")
    say(way_in)
    say("Ctrl-C stops it.")


def _way_in(user: User | None) -> str:
    """Return the sentence with the link that leads in: once as an admin, or to the set-up where there is nobody yet."""
    if user is not None:
        return f"Sign in once as {user.email}: {settings.CALLBOARD_URL}/sign-in/link/{sign_in_link_create(user=user)}"
    try:
        return f"Set it up: {settings.CALLBOARD_URL}/set-up/{set_up_link_create()}"
    except Conflict:
        return "No admin can sign in. callboard user create makes one."


def _start_processes(supervisor: Supervisor) -> None:
    for child in (processes.web(), processes.control_worker(), processes.agents_worker(), processes.beat()):
        supervisor.add(child)


def _has_no_new_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _let_go_of_the_database() -> None:
    """Close this process's connections: from here on it only watches its children."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.close()
        wrapper.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


def _wait_until_ready(supervisor: Supervisor) -> None:
    """Return when every process has said that it is there and the web process answers; raise CannotStart if not."""
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.stopping.wait(0.05):
        missing = [part.problem for part in health.parts() if part.problem]
        if not missing and _web_answers():
            return
        if time.monotonic() > deadline:
            reason = " ".join(missing) or "The web process does not answer."
            raise CannotStart(
                f"Not everything came up in {READY_SECONDS} s. {reason} The logs are in {settings.CALLBOARD_HOME.logs}."
            )


def _web_answers() -> bool:
    try:
        address = f"http://127.0.0.1:{settings.CALLBOARD_PORT}/healthz"
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def _only_one(home: Home) -> Iterator[None]:
    """Hold the instance's lock, so that a second start in the same folder says so instead of spoiling the first."""
    home.make_folders()
    # Opened to be added to: what the instance that runs has written must not be lost to one that may not start.
    with home.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"Callboard is already running in {home.path}. Stop it, or choose another folder with CALLBOARD_HOME."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.CALLBOARD_BIND, settings.CALLBOARD_PORT))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.CALLBOARD_PORT} can't be used ({error.strerror}). Choose another with CALLBOARD_PORT."
            ) from error
