import itertools
from collections.abc import Callable

import pytest

from orchestration import executor, sweeper, views
from orchestration.graph import Edge, Graph, Node
from orchestration.models import Run, RunEvent, StepRun
from orchestration.services.runs import run_start
from tests.factories import PipelineVersionFactory


@pytest.fixture(autouse=True)
def _no_views_of_earlier_tests():
    views._views.clear()
    views.graph_of.cache_clear()


@pytest.fixture
def start(project, admin) -> Callable[..., Run]:
    """Start a run of a graph."""

    def start(graph: Graph, **run_input) -> Run:
        version = PipelineVersionFactory(pipeline__project=project, graph=graph.model_dump(mode="json"))
        return run_start(actor=admin, version=version, run_input=run_input, title="A run")

    return start


def chain(*nodes: Node) -> Graph:
    """Return a graph in which each node follows the one before."""
    edges = [Edge(source=a.id, target=b.id) for a, b in itertools.pairwise(nodes)]
    return Graph(nodes=nodes, edges=edges)


def note(node_id: str, **fields) -> Node:
    return Node(id=node_id, kind="note", **fields)


def finish(run: Run) -> Run:
    """Carry out all that can be, as a worker would, and return the run as it then stands."""
    for _ in range(100):
        sweeper.wake_due()
        # On a busy machine a worker's slice may be over before its first claim.
        if executor.drain("control") == 0 and not StepRun.objects.filter(queue="control", status="ready").exists():
            break
    run.refresh_from_db()
    return run


def events(run: Run) -> list[str]:
    return list(RunEvent.objects.filter(run_id=run.pk).order_by("seq").values_list("kind", flat=True))


def statuses(run: Run) -> dict[str, str]:
    return {step.node_id: step.status for step in StepRun.objects.filter(run=run).order_by("id")}
