"""Starting many runs of one version at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from console.access import Actor, Permission, require
from orchestration import starting, transitions
from orchestration.graph import JsonObject
from orchestration.models import PipelineVersion, Trigger
from orchestration.rows import LockedRun
from orchestration.states import RunStatus
from orchestration.views import graph_of


@dataclass(frozen=True, slots=True)
class RunSeed:
    """A run that is to be started, under a key chosen beforehand."""

    id: uuid.UUID
    title: str
    input: JsonObject


def runs_start(*, actor: Actor, version: PipelineVersion, seeds: Sequence[RunSeed], trigger: Trigger) -> None:
    """Start a run for each seed, all or none, in the caller's transaction if there is one."""
    require(actor, Permission.RUN, project_id=version.pipeline.project_id)
    beginnings: list[starting.Beginning] = []
    for seed in seeds:
        first = beginnings[0] if beginnings else None
        if first is not None and first.is_the_same_for_all:
            beginnings.append(first.for_another(seed.id, title=seed.title, run_input=seed.input, trigger=trigger))
        else:
            beginnings.append(_beginning(actor, version, seed, trigger))
    with transaction.atomic():
        starting.write(beginnings, trigger=trigger, user_id=actor.user_id, follow_up=transitions.follow_up)


def _beginning(actor: Actor, version: PipelineVersion, seed: RunSeed, trigger: Trigger) -> starting.Beginning:
    pipeline = version.pipeline
    run = LockedRun(
        seed.id, actor.organization_id, pipeline.project_id, version.pipeline_id, version.pk, RunStatus.RUNNING, 0, 0
    )
    return starting.plan(run, graph_of(version.pk), title=seed.title, run_input=seed.input, trigger=trigger)
