from collections.abc import Callable
from typing import Any

import pytest

from console.access import Actor
from console.models import Project
from orchestration import admission, executor, sweeper
from orchestration.models import Pipeline, Run
from orchestration.run_facts import RunFacts, facts_of
from orchestration.services.orchestration_runs import orchestration_run_start
from orchestration.services.orchestrations import orchestration_create

PARTS = {"state_schema": None, "input_schema": None}


def edge(source: str, target: str, condition: Any = None, **more: Any) -> dict[str, Any]:
    labelled = {} if condition is None else {"condition": condition}
    return {"from": source, "to": target, **labelled, **more}


def transform(node_id: str, expression: Any, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "expression": expression, **more}


def settled(run: Run) -> Run:
    """Carry out all that can be, as workers and the sweeper would, and return the run as it then stands."""
    for _ in range(100):
        sweeper.wake_due()
        sweeper.wake_waits()
        admission.admit_everywhere()
        if executor.drain("control") + executor.drain("agents") == 0:
            break
    sweeper.wake_waits()
    run.refresh_from_db()
    return run


def facts(run: Run) -> RunFacts:
    run = Run.objects.select_related("version").get(pk=run.pk)
    return facts_of([run])[run.pk]


@pytest.fixture
def create(admin: Actor, project: Project) -> Callable[..., Pipeline]:
    """Create an orchestration of nodes and edges."""
    made = iter(range(1_000))

    def create(nodes: list[Any], edges: list[Any] | None = None, **parts: Any) -> Pipeline:
        definition = {"nodes": nodes, "edges": edges or [], **PARTS, **parts}
        return orchestration_create(actor=admin, project=project, name=f"graph {next(made)}", definition=definition)

    return create


@pytest.fixture
def begin(admin: Actor) -> Callable[..., Run]:
    """Start a run of an orchestration and carry out all that can be."""

    def begin(pipeline: Pipeline, **run_input: Any) -> Run:
        return settled(orchestration_run_start(actor=admin, pipeline=pipeline, run_input=run_input))

    return begin


@pytest.fixture
def run_of(create: Callable[..., Pipeline], begin: Callable[..., Run]) -> Callable[..., Run]:
    """Create an orchestration and run it as far as it goes."""

    def run_of(nodes: list[Any], edges: list[Any] | None = None, *, given: Any = None, **parts: Any) -> Run:
        return begin(create(nodes, edges, **parts), **(given or {}))

    return run_of
