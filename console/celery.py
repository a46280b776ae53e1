"""The Celery application. A message is a hint: what is to be done stands in the database."""

import os
import sys
from typing import Any

from celery import Celery, signals

from orchestration import leaving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# Django's checks read every page and operation, which takes a worker a third of its start. They are for those who
# change the code, and the suite runs them; what an operator can get wrong is checked with the settings.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("callboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would throw the pool of database connections away before and after each task, which costs a short one most of
# its time: a new pool, a new connection, every statement planned anew. See `_give_connections_back`.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks()

_INHERITED: list[object] = []
#: The queues that must have a worker for everything to work.
QUEUES = ("control", "agents", "builds")


@signals.worker_ready.connect
def _worker_is_ready(sender: Any, **_: object) -> None:
    """Let the health check know which queues this worker serves."""
    from console.ops import presence  # noqa: PLC0415  # Django's settings are not ready when this module is read
    from orchestration import workers  # noqa: PLC0415  # the same

    queues = sorted(sender.app.amqp.queues.consume_from)
    presence.keep_noting([f"worker-{queue}" for queue in queues])
    workers.watch()
    if "agents" in queues:
        from orchestration import reaper  # noqa: PLC0415

        reaper.start()


@signals.worker_shutting_down.connect
def _worker_is_told_to_stop(**_: object) -> None:
    """Have steps under way handed back, so that they go on elsewhere, or here after a restart."""
    leaving.leave()


@signals.worker_process_init.connect
def _worker_process_begins(**_: object) -> None:
    """Leave the parent's connections to the parent: a child that was forked later than it began has copies of them."""
    from django.db import connections  # noqa: PLC0415
    from django.db.backends.postgresql.base import DatabaseWrapper  # noqa: PLC0415

    for wrapper in connections.all(initialized_only=True):
        wrapper.connection = None
    # Kept alive on purpose: closing a copied pool would talk on the parent's sockets.
    pools = DatabaseWrapper._connection_pools  # type: ignore[attr-defined]  # noqa: SLF001  # Django offers no other way
    _INHERITED.append(dict(pools))
    pools.clear()


@signals.task_prerun.connect
@signals.task_postrun.connect
def _give_connections_back(task: Any, **_: object) -> None:
    """Let no task begin with a connection that an earlier one broke: what comes out of the pool is looked at."""
    from django.db import close_old_connections  # noqa: PLC0415

    if not task.request.is_eager:
        close_old_connections()


@signals.setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """Celery would otherwise put its own handlers in place of Django's."""
