"""Tells whoever looks after people that a step now waits for somebody, and that it no longer does."""

import functools
import uuid
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from orchestration.advance import Wait
from orchestration.graph import JsonObject
from orchestration.rows import LockedRun

#: Called with the run's and the node's id and what is waited for, in the transaction in which the wait begins.
WaitListener = Callable[[uuid.UUID, str, JsonObject], None]
#: Called in the transaction in which a wait ends; without a node's id all waits of the run are over.
WaitEndListener = Callable[[uuid.UUID, str | None], None]


def tell_of_wait(run: LockedRun, wait: Wait) -> None:
    """Tell the listener. What it writes is committed with the wait itself: neither is there without the other."""
    listener = _listener()
    if listener is not None:
        listener(run.id, wait.node_id, wait.suspend.waiting_for)


def tell_of_wait_end(run_id: uuid.UUID, node_id: str | None = None) -> None:
    """Tell the listener that a step waits no longer, or that no step of the run does."""
    listener = _end_listener()
    if listener is not None:
        listener(run_id, node_id)


@functools.cache
def _listener() -> WaitListener | None:
    path = settings.RUN_WAIT_LISTENER
    return cast("WaitListener", import_string(path)) if path else None


@functools.cache
def _end_listener() -> WaitEndListener | None:
    path = settings.RUN_WAIT_END_LISTENER
    return cast("WaitEndListener", import_string(path)) if path else None
