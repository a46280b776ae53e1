"""Whether runs of a version may begin at all, for dialects that take graphs which can't be run."""

import functools
import uuid
from collections.abc import Callable

from orchestration.dialects.nodes.runnable import unrunnable
from orchestration.graph import JsonObject
from orchestration.models import Dialect, PipelineVersion
from orchestration.steps.base import StepError

_UNRUNNABLE: dict[str, Callable[[JsonObject], StepError | None]] = {Dialect.NODES: unrunnable}


def start_error(version: PipelineVersion) -> StepError | None:
    """Return why a run of a version fails before any step; None where it may begin. Its pipeline must be loaded."""
    look = _UNRUNNABLE.get(version.pipeline.dialect)
    return None if look is None else _error_of(version.pk, look)


@functools.lru_cache(maxsize=256)
def _error_of(version_id: uuid.UUID, look: Callable[[JsonObject], StepError | None]) -> StepError | None:
    return look(PipelineVersion.objects.only("definition").get(pk=version_id).definition)
