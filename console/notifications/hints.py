"""A message that something is to be sent. Losing it costs time and nothing else: the schedule looks as well."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def deliver_soon() -> None:
    """Have a worker send what is due."""
    try:
        current_app.send_task("console.deliver", queue="control")
    except (OperationalError, OSError) as error:
        log.warning("what is to be sent waits for the schedule: %s", error)
