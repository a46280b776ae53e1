"""The attempt of a run for which an environment is prepared, as far as that matters here."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from agents.environments.setup_log import Put
from sandboxes.base import Labels


class Steps(Protocol):
    """What keeps the steps of a phase. Facts that are put into the dictionary are kept with the step."""

    def step(self, name: str) -> AbstractContextManager[dict[str, JsonValue]]: ...


class Untold:
    """Keeps no steps."""

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, JsonValue]]:
        yield {"name": name}


@dataclass(frozen=True, slots=True)
class Work:
    """`labels` are those of the run's own sandbox, so that one left behind is ended as that would be.

    `put` takes what is printed. `stop` is set when nobody waits for the run any more.
    """

    labels: Labels
    steps: Steps
    put: Put
    stop: threading.Event
