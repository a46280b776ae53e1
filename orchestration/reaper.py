"""Ends what dead workers left behind on this machine: sandboxes whose step nobody carries out any more."""

import logging
import threading
import time
from collections.abc import Mapping

from django.db import Error, connection

from agents.images.queries import is_being_built
from orchestration.models import StepRun
from orchestration.states import StepStatus
from sandboxes import registry
from sandboxes.errors import SandboxError

log = logging.getLogger(__name__)

EVERY_SECONDS = 30


def start() -> None:
    """Reap now and from time to time, for as long as this process runs."""
    threading.Thread(target=_run, name="reaper", daemon=True).start()


def reap() -> int:
    """End every sandbox of this machine that is not wanted; return how many."""
    return registry.reap(_is_wanted)


def _is_wanted(labels: Mapping[str, str]) -> bool:
    if labels.get("image"):
        return is_being_built(labels["image"], labels.get("build", ""))
    step_id = labels.get("step", "")
    return bool(step_id) and StepRun.objects.filter(pk=step_id, status=StepStatus.RUNNING).exists()


def _run() -> None:
    while True:
        try:
            ended = reap()
            if ended:
                log.warning("ended %s sandboxes that dead workers had left", ended)
        except (Error, SandboxError, OSError) as error:
            log.warning("sandboxes could not be looked over: %s", error)
        finally:
            connection.close()
        time.sleep(EVERY_SECONDS)
