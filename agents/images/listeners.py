"""Tells the console, which settings name, that an image has moved on. Losing it loses nothing that is stored."""

import functools
import logging
import uuid
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)

Listener = Callable[[uuid.UUID], None]


def tell_changed(image_id: uuid.UUID) -> None:
    """Tell, after the commit, that an image's state or log has changed."""
    transaction.on_commit(functools.partial(_tell, image_id))


def tell_ended(image_id: uuid.UUID) -> None:
    """Tell, in the transaction of the end itself, that a build has ended well or failed."""
    _listener(settings.IMAGE_BUILD_END_LISTENER)(image_id)


def _tell(image_id: uuid.UUID) -> None:
    try:
        _listener(settings.IMAGE_LISTENER)(image_id)
    except Exception:
        log.exception("the listener of images failed")


@functools.cache
def _listener(path: str) -> Listener:
    return cast("Listener", import_string(path))
