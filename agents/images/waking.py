"""Messages that have a worker build. Losing one loses nothing: the sweep sends it again, and notes who died."""

import logging
import uuid
from datetime import timedelta

from celery import current_app
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from agents.images import states
from agents.models import AgentImage, ImageState

log = logging.getLogger(__name__)

#: A build that waits for longer has lost its message, or finds every worker busy: another message does no harm.
STALLED_SECONDS = 15


def wake(image_id: uuid.UUID) -> None:
    """Have a worker of the queue `builds` build an image."""
    try:
        current_app.send_task("agents.build_image", args=[str(image_id)], queue="builds")
    except (OperationalError, OSError) as error:
        log.warning("a worker could not be told of image %s: %s", image_id, error)


def sweep() -> None:
    """Fail the builds whose worker fell silent, and wake workers for those that none has taken."""
    building = AgentImage.objects.filter(state=ImageState.BUILDING)
    for image_id in building.filter(lease_expires_at__lt=Now()).values_list("pk", flat=True):
        if states.lose(image_id):
            log.warning("image %s: the worker that built it fell silent", image_id)
    stalled = building.filter(worker="", requested_at__lt=Now() - timedelta(seconds=STALLED_SECONDS))
    for image_id in stalled.values_list("pk", flat=True):
        wake(image_id)
