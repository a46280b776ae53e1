"""Pipelines of nodes and stages for tests of pages, as somebody would publish and run them offline."""

from typing import Any

from agents.models import TopicRoute
from console.access import Actor
from console.services.pipeline_start import pipeline_start
from orchestration import executor, sweeper
from orchestration.models import Dialect, Pipeline, Run
from orchestration.services.pipelines import pipeline_create, pipeline_publish

#: Asks somebody, then goes one of two ways.
ASKING = {
    "nodes": [
        {"id": "start", "type": "transform", "name": "Start", "expression": {"var": "query"}},
        {"id": "ask", "type": "human", "name": "Ask", "prompt": "Is this right?",
         "output_mapping": {"approved": "state.approved"}},
        {"id": "check", "type": "condition", "name": "Check", "expression": {"var": "approved"}},
        {"id": "yes", "type": "transform", "name": "Yes", "expression": "done"},
        {"id": "no", "type": "transform", "name": "No", "expression": "left"},
    ],
    "edges": [
        {"from": "start", "to": "ask"}, {"from": "ask", "to": "check"},
        {"from": "check", "to": "yes", "condition": "yes"}, {"from": "check", "to": "no", "condition": "no"},
    ],
    "input_schema": {
        "type": "object", "required": ["query"],
        "properties": {"query": {"type": "string", "title": "Question"}, "depth": {"type": "integer"}},
    },
}  # fmt: skip
#: A gate after the first stage; skipping it leaves out exactly the second.
GATED = {
    "stages": [
        {"name": "Build", "topic": "coding", "prompt": "Build {{description}}", "approvalGate": True},
        {"name": "Deploy", "topic": "coding", "prompt": "Deploy {{previousOutput}}"},
        {"name": "Smoke test", "topic": "coding", "prompt": "Test {{previousOutput}}"},
    ]
}
#: A check that the rules never let pass.
CHECKED = {
    "stages": [
        {"name": "Write", "topic": "coding", "prompt": "{{description}}"},
        {"name": "Check", "topic": "review", "prompt": "Look for mistakes", "stageType": "qa_validation",
         "maxRetries": 1},
    ]
}  # fmt: skip


def routed(actor: Actor) -> None:
    """Let the rules do the work of the topics that these pipelines name."""
    for topic in ("coding", "review"):
        TopicRoute.objects.create(organization_id=actor.organization_id, topic=topic, model="builtin/rules")


def published(actor: Actor, project: Any, dialect: Dialect, definition: dict[str, Any], name: str) -> Pipeline:
    pipeline = pipeline_create(actor=actor, project=project, name=name, dialect_name=dialect, definition=definition)
    pipeline_publish(actor=actor, pipeline=pipeline)
    return Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk)


def started(actor: Actor, pipeline: Pipeline, **run_input: object) -> Run:
    """Start a run and carry it as far as it goes."""
    return carried_out(pipeline_start(actor=actor, pipeline=pipeline, run_input=run_input, title="A run"))


def carried_out(run: Run) -> Run:
    """Carry out all that can be, as workers would, and return the run as it then stands."""
    for _ in range(100):
        sweeper.wake_due()
        if executor.drain("control") + executor.drain("agents") == 0:
            break
    run.refresh_from_db()
    return run
