"""The attempt of a run for which an environment is prepared, as far as that matters here."""

import threading
from dataclasses import dataclass

from agents.environments.setup_log import Put
from agents.phases import Phases
from sandboxes.base import Labels


@dataclass(frozen=True, slots=True)
class Work:
    """`labels` are those of the run's own sandbox, so that one left behind is ended as that would be.

    `put` takes what is printed. `stop` is set when nobody waits for the run any more.
    """

    labels: Labels
    phases: Phases
    put: Put
    stop: threading.Event
