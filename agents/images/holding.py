"""Holds a worker's claim on a build for as long as it goes on, and notices when the build is wanted no more."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from agents.images import states
from agents.images.states import LEASE_SECONDS, Claim

log = logging.getLogger(__name__)

#: So often the claim is renewed, and so late a build that was cancelled hears of it.
RENEW_SECONDS = 2.0


@contextmanager
def held(claim: Claim) -> Iterator[threading.Event]:
    """Renew the claim while the block lasts. The event that is given is set when the build is to stop."""
    stop, is_over = threading.Event(), threading.Event()
    thread = threading.Thread(target=_keep, args=(claim, stop, is_over), name="image claim", daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        is_over.set()
        thread.join()


def _keep(claim: Claim, stop: threading.Event, is_over: threading.Event) -> None:
    renewed = time.monotonic()
    try:
        while not is_over.wait(RENEW_SECONDS):
            try:
                if not states.renew(claim):
                    stop.set()
                    return
                renewed = time.monotonic()
            except Error as error:
                log.warning("the claim on an image could not be renewed yet: %s", error)
                connection.close()
                # By now somebody may have taken it for lost, and somebody else may build.
                if time.monotonic() - renewed > LEASE_SECONDS:
                    stop.set()
                    return
    finally:
        # Each thread has a connection of its own, which nobody else would give back.
        connection.close()
