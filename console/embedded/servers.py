"""Brings up the database and the broker under a supervisor."""

import signal

from console.embedded import broker, postgres
from console.embedded.home import Home
from console.embedded.supervisor import Child, Supervisor


def start(supervisor: Supervisor, home: Home, *, database: bool = True, redis: bool = True) -> None:
    """Start what is asked for and return when it answers; raise CannotStart if it does not."""
    home.make_folders()
    if database:
        postgres.prepare(home)
        log = home.logs / "postgres.log"
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        child = supervisor.add(
            Child("postgres", postgres.command(home), log, stop_signal=signal.SIGINT, is_server=True)
        )
    if redis:
        broker_log = home.logs / "broker.log"
        supervisor.add(Child("broker", broker.command(home), broker_log, is_server=True))
        broker.wait_until_ready(home, broker_log)
    if database and child.process is not None:
        postgres.wait_until_ready(home, child.process, log)
