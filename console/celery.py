"""The Celery application. A message is a hint: what is to be done stands in the database."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("callboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: The queues that must have a worker for everything to work.
QUEUES = ("control", "agents", "builds")


@signals.worker_ready.connect
def _worker_is_ready(sender: Any, **_: object) -> None:
    """Let the health check know which queues this worker serves."""
    from console import presence  # noqa: PLC0415  # Django's settings are not ready when this module is read

    presence.keep_noting([f"worker-{queue}" for queue in sender.app.amqp.queues.consume_from])


@signals.setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """Celery would otherwise put its own handlers in place of Django's."""
