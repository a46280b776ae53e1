"""Orchestrations that a step of another one runs."""

import uuid
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from console.errors import Problem
from console.ids import from_public
from orchestration.dialects.nodes.runnable import unrunnable
from orchestration.graph import Graph, JsonObject
from orchestration.models import Dialect, Pipeline, PipelineVersion, Run
from orchestration.schemas import value_problems
from orchestration.steps.base import ChildResult, StepContext, StepError
from orchestration.steps.effects import NodeFailed
from orchestration.views import graph_of

ORCHESTRATION_PREFIX = "orch"


@dataclass(frozen=True, slots=True)
class Nested:
    """The version of an orchestration that children run, and the nodes that end it."""

    version_id: uuid.UUID
    graph: Graph
    name: str

    @property
    def terminals(self) -> list[JsonValue]:
        return [node.id for node in self.graph.nodes if not self.graph.successors.get(node.id)]

    def ensure_takes(self, child_input: JsonObject) -> None:
        """Raise NodeFailed for an input that the orchestration does not take."""
        found = value_problems(self.graph.input_schema or {}, child_input, "input")
        if found:
            raise NodeFailed("input_invalid", f"{self.name} does not take {found[0].dotted_path}: {found[0].message}")


def nested(context: StepContext, orchestration_id: str) -> Nested:
    """Return what a step is to run; raise NodeFailed where that is not there, can't run, or is already running it."""
    pipeline = orchestration_of(orchestration_id, context.organization_id, project_id=context.project_id)
    if pipeline is None or pipeline.latest is None:
        raise NodeFailed("ORCHESTRATION_NOT_FOUND", _not_there(orchestration_id))
    _ensure_no_circle(context.run_id, pipeline)
    version: PipelineVersion = pipeline.latest
    error = unrunnable(version.definition)
    if error is not None:
        raise NodeFailed(error.code, f"{pipeline.name} can't be run. {error.message}")
    return Nested(version.pk, graph_of(version.pk), pipeline.name)


def orchestration_of(
    orchestration_id: str, organization_id: uuid.UUID, *, project_id: uuid.UUID | None = None
) -> Pipeline | None:
    """Return the orchestration of a public id; None where there is none."""
    key = from_public(ORCHESTRATION_PREFIX, orchestration_id)
    if key is None:
        return None
    rows = Pipeline.objects.filter(organization_id=organization_id, dialect=Dialect.NODES, archived_at=None)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    return cast("Pipeline | None", rows.select_related("latest").filter(pk=key).first())


def orchestration_problems(orchestration_id: str, organization_id: uuid.UUID) -> list[Problem]:
    found = orchestration_of(orchestration_id, organization_id)
    return [] if found else [Problem(_not_there(orchestration_id), "orchestration_id")]


def result_of(child: ChildResult, terminals: JsonValue) -> JsonObject:
    """Return the outputs of a child's last nodes, as far as they ran, by their ids."""
    artifacts = child.output.get("artifacts")
    ran = artifacts if isinstance(artifacts, dict) else {}
    ends = terminals if isinstance(terminals, list) else []
    return {node_id: ran[node_id] for node_id in ends if isinstance(node_id, str) and node_id in ran}


def child_error(child: ChildResult, code: str, prefix: str) -> StepError:
    """Return why a step fails with its child."""
    error = child.error or {}
    return StepError(code, f"{prefix} {error.get('message', child.status.value)}", {"error": child.error})


def _ensure_no_circle(run_id: uuid.UUID, pipeline: Pipeline) -> None:
    """Refuse an orchestration that the run belongs to, or one that a run above it belongs to."""
    above: uuid.UUID | None = run_id
    while above is not None:
        row = Run.objects.filter(pk=above).values_list("pipeline_id", "parent_step__run_id").first()
        if row is not None and row[0] == pipeline.pk:
            message = f"{pipeline.name} is running above this step already, so it would start itself without end."
            raise NodeFailed("ORCHESTRATION_CALLS_ITSELF", message)
        above = row[1] if row is not None else None


def _not_there(orchestration_id: str) -> str:
    return f"There is no orchestration {orchestration_id!r} in this project. Choose another."
