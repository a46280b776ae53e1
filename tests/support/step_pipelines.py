"""Pipelines of steps for tests, as somebody would publish and run them."""

import itertools

from console.access import Actor
from orchestration import executor, sweeper
from orchestration.models import Dialect, Pipeline, Run, StepRun
from orchestration.services.pipelines import pipeline_create, pipeline_publish
from orchestration.services.runs import latest_version, run_start
from orchestration.views import read_view

TRIGGER = {"id": "start", "kind": "trigger"}


def step(step_id: str, kind: str = "bashScript", **config: object) -> dict[str, object]:
    return {"id": step_id, "kind": kind, "config": config}


def in_order(*steps: dict[str, object]) -> dict[str, object]:
    """Return a pipeline of a trigger and steps, each behind the one before."""
    ids = [TRIGGER["id"], *(one["id"] for one in steps)]
    return {
        "steps": [TRIGGER, *steps],
        "edges": [{"source": a, "target": b} for a, b in itertools.pairwise(ids)],
    }


def published_steps(
    actor: Actor, project: object, definition: dict[str, object], *, name: str = "steps"
) -> Pipeline:  # fmt: skip
    pipeline = pipeline_create(
        actor=actor, project=project, name=name, dialect_name=Dialect.STEPS, definition=definition
    )
    pipeline_publish(actor=actor, pipeline=pipeline)
    return Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk)


def started(actor: Actor, pipeline: Pipeline, **run_input: object) -> Run:
    return run_start(actor=actor, version=latest_version(pipeline), run_input=run_input, title="A run")


def carried_out(run: Run) -> Run:
    """Carry out all that can be, as workers would, and return the run as it then stands."""
    for _ in range(100):
        sweeper.sweep()
        if executor.drain("control") + executor.drain("agents") == 0:
            break
    run.refresh_from_db()
    return run


def state_of(run: Run) -> dict[str, object]:
    return read_view(run).final_state()


def attempts(run: Run, step_id: str) -> list[str]:
    """Return the statuses of a step's attempts, in order."""
    return list(StepRun.objects.filter(run=run, node_id=step_id).order_by("attempt").values_list("status", flat=True))
