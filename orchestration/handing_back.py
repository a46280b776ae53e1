"""Gives a step back whose outcome could not be written, because the database was restarted or away for a moment.

Without it the step would wait for its lease to run out, and three restarts would look like a step that kills workers.
"""

import logging
import time

from django.db import Error, connection

from orchestration import transitions
from orchestration.rows import Claim

log = logging.getLogger(__name__)

#: How long a worker tries. By then the lease is about to run out by itself, and the sweeper sees to the step.
PATIENCE_SECONDS = 25.0
_PAUSE_SECONDS = 1.0


def hand_back(claim: Claim) -> bool:
    """Let another attempt take the place of this one, as soon as the database takes it; return whether it did.

    Where the outcome was written after all, and only the answer was lost, nothing changes.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        let_go_of_the_database()
        try:
            transitions.release(claim)
        except Error as error:
            if time.monotonic() > until:
                log.warning("step %s could not be handed back: %s", claim.step_id, error)
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True


def let_go_of_the_database() -> None:
    """Give this thread's connection back: the next one is looked at before it is used, and this one may have died."""
    if not connection.in_atomic_block:
        connection.close()
