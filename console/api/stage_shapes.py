"""How templates, runs and stages are answered. The names are those of the templates' own JSON."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ninja import Field, Schema
from pydantic import JsonValue

from console.ids import to_public
from orchestration.models import Pipeline, Run
from orchestration.presets import PRESET, definition_of, is_preset
from orchestration.stage_runs import StageOfRun, Try, decision_of, status_of


class TemplateOut(Schema):
    id: str
    name: str
    description: str
    version: int | None
    isPreset: bool = Field(description="came with Callboard: it can be run and copied, not changed")  # noqa: N815
    preset: str | None
    stages: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    createdAt: datetime  # noqa: N815
    updatedAt: datetime  # noqa: N815


class PipelineOut(Schema):
    """A run of a template."""

    id: str
    templateId: str  # noqa: N815
    template: str
    version: int
    title: str
    description: str
    params: dict[str, Any]
    status: str = Field(description="running, paused, awaiting_approval, completed, failed or stopped")
    error: dict[str, Any] | None
    stoppedBy: str | None  # noqa: N815
    createdAt: datetime  # noqa: N815
    finishedAt: datetime | None  # noqa: N815


class TryOut(Schema):
    """One time through a stage. A check that is not passed makes another."""

    generation: int = Field(description="0 is the first time through")
    attempts: int
    status: str
    output: Any
    error: dict[str, Any] | None
    startedAt: datetime | None  # noqa: N815
    finishedAt: datetime | None  # noqa: N815


class GateOut(Schema):
    id: str
    status: str
    decision: str | None
    comment: str | None
    by: str | None
    decidedAt: datetime | None  # noqa: N815


class StageOut(Schema):
    index: int
    id: str = Field(description="of the step, such as stage-0")
    name: str
    topic: str
    stageType: str  # noqa: N815
    status: str = Field(description="pending, running, awaiting_approval, approved, completed, failed or skipped")
    output: str | None = Field(description="the result of a stage that does work")
    verdict: dict[str, Any] | None = Field(description="`{passed, issues, feedback, confidence}` of a check")
    handoff: dict[str, Any] | None
    by: dict[str, Any] | None = Field(description="the model or the agent that did it")
    gate: GateOut | None
    waitingFor: dict[str, Any] | None  # noqa: N815
    tries: list[TryOut]


class PipelineDetailOut(PipelineOut):
    stages: list[StageOut]
    requiredAction: dict[str, Any] | None = Field(  # noqa: N815
        description="what the run waits for, with the id of the step under `node_id`"
    )


def template_out(pipeline: Pipeline) -> TemplateOut:
    definition: dict[str, Any] = definition_of(pipeline)
    return TemplateOut(
        id=pipeline.public_id, name=pipeline.name, description=pipeline.description,
        version=pipeline.latest.number if pipeline.latest else None, isPreset=is_preset(pipeline),
        preset=pipeline.draft.get(PRESET), stages=definition["stages"], parameters=definition["parameters"],
        createdAt=pipeline.created_at, updatedAt=pipeline.updated_at,
    )  # fmt: skip


def pipeline_out(run: Run, waits: Iterable[str]) -> PipelineOut:
    """Shape a run; `waits` are the types of what its steps wait for."""
    return PipelineOut(**_facts(run, waits))


def detail_out(run: Run, stages: Sequence[StageOfRun]) -> PipelineDetailOut:
    asked = [(stage.waiting_node, stage.waiting_for) for stage in stages if stage.waiting_for]
    action = {"node_id": asked[0][0], **(asked[0][1] or {})} if asked else None
    return PipelineDetailOut(
        **_facts(run, [str(waiting.get("type", "")) for _, waiting in asked if waiting]),
        stages=[_stage_out(stage) for stage in stages], requiredAction=action,
    )  # fmt: skip


def _facts(run: Run, waits: Iterable[str]) -> dict[str, Any]:
    return {
        "id": run.public_id, "templateId": to_public(Pipeline.ID_PREFIX, run.pipeline_id),
        "template": run.pipeline.name, "version": run.version.number, "title": run.title,
        "description": str(run.input.get("description", "")), "params": run.input.get("params") or {},
        "status": status_of(run, waits).value, "error": run.error, "stoppedBy": run.cancelled_by or None,
        "createdAt": run.created_at, "finishedAt": run.finished_at,
    }  # fmt: skip


def _stage_out(stage: StageOfRun) -> StageOut:
    output = stage.output
    verdict = {key: output.get(key) for key in ("passed", "issues", "feedback", "confidence", "decided")}
    return StageOut(
        index=stage.index, id=stage.node_id, name=stage.shape.name, topic=stage.shape.topic,
        stageType=stage.shape.stage_type.value, status=stage.status.value, output=_text(output.get("output")),
        verdict=verdict if "passed" in output else None, handoff=_object(output.get("handoff")),
        by=_object(output.get("by")), gate=_gate_out(stage), waitingFor=stage.waiting_for,
        tries=[_try_out(tried) for tried in stage.tries],
    )  # fmt: skip


def _gate_out(stage: StageOfRun) -> GateOut | None:
    gate = stage.gate
    if gate is None:
        return None
    decided = decision_of(gate) or {}
    return GateOut(
        id=gate.node_id, status=gate.status, decision=_text(decided.get("decision")),
        comment=_text(decided.get("comment")), by=_text(decided.get("by")),
        decidedAt=gate.finished_at if decided else None,
    )  # fmt: skip


def _try_out(tried: Try) -> TryOut:
    return TryOut(
        generation=tried.generation, attempts=tried.attempts, status=tried.status, output=tried.output,
        error=_object(tried.error), startedAt=tried.started_at, finishedAt=tried.finished_at,
    )  # fmt: skip


def _object(value: JsonValue) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
