"""The processes of an instance, as the supervisor starts them on one machine."""

import signal
import sys
from pathlib import Path

from django.conf import settings

from console.embedded.supervisor import Child

#: KILL: a worker ends at once, its steps with it. The database has gone too, so there is nothing to hand back to.
_TOLD_WHEN_ORPHANED = ("setpriv", "--pdeathsig", "KILL")


def web() -> Child:
    endpoint = f"tcp:port={settings.CALLBOARD_PORT}:interface={settings.CALLBOARD_BIND}:backlog=1024"
    return _child(
        "web", "daphne", "-e", endpoint, "--ping-interval", "10", "--ping-timeout", "15", "--no-server-name",
        "--verbosity", "0", "console.asgi:application",
    )  # fmt: skip


def control_worker() -> Child:
    return _worker("control", settings.CALLBOARD_CONTROL_SLOTS, "control")


def agents_worker() -> Child:
    return _worker("agents", settings.CALLBOARD_AGENT_SLOTS, "agents", "builds")


def beat() -> Child:
    child = _child("beat", "celery", "beat", "--max-interval", "5", "--pidfile=", app=True)
    # On SIGTERM it would first sleep to the end of its interval.
    child.stop_signal = signal.SIGINT
    return child


def _worker(name: str, slots: int, *queues: str) -> Child:
    return _child(
        f"worker-{name}", "celery", "worker", "--queues", ",".join(queues), "--concurrency", str(slots),
        "--hostname", f"{name}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat", app=True,
    )  # fmt: skip


def _child(name: str, program: str, *arguments: str, app: bool = False) -> Child:
    path = Path(sys.executable).with_name(program)
    application = ("--quiet", "-A", "console.celery") if app else ()
    argv = (*_TOLD_WHEN_ORPHANED, str(path), *application, *arguments)
    return Child(name, argv, settings.CALLBOARD_HOME.logs / f"{name}.log", folder=settings.BASE_DIR)
