"""What is told of a run while it runs.

An event is a row, numbered within its run under the run's lock, written in the transaction of the change it tells of.
What is published after the commit is only the news that there are new ones.
"""

import functools
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from pydantic import JsonValue

log = logging.getLogger(__name__)


class EventKind(StrEnum):
    """Everything that can happen in a run, as `kind` of an event. The data of each is in docs/events.md."""

    RUN_STARTED = "run.started"
    RUN_PAUSED = "run.paused"
    RUN_RESUMED = "run.resumed"
    RUN_REWOUND = "run.rewound"
    RUN_COMPLETED = "run.completed"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    STEP_STARTED = "step.started"
    STEP_WAITING = "step.waiting"
    STEP_COMPLETED = "step.completed"
    STEP_FAILED = "step.failed"
    STEP_RETRYING = "step.retrying"
    STEP_SKIPPED = "step.skipped"
    STEP_LOST = "step.lost"
    STEP_LOG = "step.log"
    AGENT_PHASE = "agent.phase"
    AGENT_STEP = "agent.step"
    AGENT_LOG = "agent.log"
    AGENT_COLLECTED = "agent.collected"
    AGENT_VERDICT = "agent.verdict"
    AGENT_REGRADE = "agent.regrade"
    AGENT_FAILED = "agent.failed"


@dataclass(frozen=True, slots=True)
class Event:
    kind: EventKind
    data: Mapping[str, JsonValue] = field(default_factory=dict)

    def as_text(self) -> str:
        return json.dumps(dict(self.data), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class News:
    """That a run has reached event number `seq`."""

    organization_id: uuid.UUID
    project_id: uuid.UUID
    run_id: uuid.UUID
    seq: int


def announce_on_commit(news: News) -> None:
    """Tell the listener after the commit. Losing this news loses nothing: whoever watches also looks by himself."""
    transaction.on_commit(functools.partial(_tell, news))


def _tell(news: News) -> None:
    try:
        _listener()(news)
    except Exception:
        log.exception("the listener of run events failed")


@functools.cache
def _listener() -> Callable[[News], None]:
    return cast("Callable[[News], None]", import_string(settings.RUN_EVENT_LISTENER))
