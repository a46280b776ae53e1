"""Whatever a pipeline is written in, who started a run of it stands in the trail."""

import pytest

from console.models import AuditEntry
from console.services.pipeline_start import pipeline_start
from orchestration.models import Pipeline
from orchestration.services.orchestrations import orchestration_create
from tests.support.step_pipelines import in_order, published_steps, step


def of_steps(admin, project) -> Pipeline:
    return published_steps(admin, project, in_order(step("meet", "join")), name="mine")


def of_nodes(admin, project) -> Pipeline:
    graph = {"nodes": [{"id": "ask", "type": "human", "prompt": "Go on?"}], "edges": []}
    return orchestration_create(actor=admin, project=project, name="mine", definition=graph)


@pytest.mark.parametrize("make", [of_steps, of_nodes])
def test_who_started_a_run_stands_in_the_trail(admin, project, make):
    run = pipeline_start(actor=admin, pipeline=make(admin, project), run_input={})
    entry = AuditEntry.objects.get(action="run.start")
    assert (entry.target_id, entry.actor_label, entry.after) == (run.public_id, "Ada", {"pipeline": "mine"})
