"""Pipelines of stages: templates, their runs, and what is decided about a run."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.stage_shapes import (
    PipelineDetailOut,
    PipelineOut,
    TemplateOut,
    detail_out,
    pipeline_out,
    template_out,
)
from console.errors import NotFound
from console.lists.paging import page
from console.tenancy import by_public_id
from orchestration.dialects.stages import gate_id, stage_id
from orchestration.errors import RunFinished
from orchestration.handoffs import as_markdown
from orchestration.models import Dialect, Pipeline, Run, Trigger
from orchestration.presets import PRESET
from orchestration.queries import pipelines_for, runs_for, steps_of
from orchestration.services.pipelines import pipeline_archive
from orchestration.services.runs import run_cancel
from orchestration.services.stages import (
    TemplateWords,
    gate_decide,
    stages_start,
    template_copy,
    template_create,
    template_update,
)
from orchestration.stage_runs import handoffs_in, stages_in, waits_of

router = Router(tags=["Stage pipelines"])

_STAGES: list[dict[str, JsonValue]] = [
    {"name": "Write", "topic": "writing", "prompt": "{{description}}", "approvalGate": True},
    {"name": "Check", "topic": "review", "stageType": "qa_validation", "maxRetries": 3, "retryTargetStage": 0,
     "prompt": "Check the text from the previous stage for mistakes."},
]  # fmt: skip
_TEMPLATE: dict[str, JsonValue] = {
    "name": "Write and check", "description": "A text, approved and then checked.", "stages": [*_STAGES],
    "parameters": [{"key": "tone", "inputType": "string", "requirement": "optional", "default": "plain"}],
}  # fmt: skip


class TemplateIn(Schema):
    """A template as a whole. All its problems are reported at once, each with its path."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _TEMPLATE})

    name: str
    description: str = ""
    stages: list[JsonValue] | None = Field(
        None, description="`{name, topic, prompt, approvalGate, stageType, maxRetries, retryTargetStage, …}`, in order"
    )
    steps: list[JsonValue] | None = Field(None, description="another name for `stages`")
    parameters: list[JsonValue] = Field(
        [], description="`{key, description, inputType, requirement, default, options}` each"
    )

    def words(self) -> TemplateWords:
        return TemplateWords(self.name, self.description)

    def definition(self) -> dict[str, JsonValue]:
        stages = self.stages if self.stages is not None else self.steps
        return {"stages": stages, "parameters": self.parameters}


class StartIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "templateId": "pipe_01K9X4Z7QD8M3V5T2B6N8C1F0A", "description": "Announce the new release.",
                "params": {"tone": "cheerful"},
            }
        },
    )  # fmt: skip

    templateId: str  # noqa: N815  # as it is sent
    description: str = Field("", description="what is to be done: `{{description}}` in prompts")
    params: dict[str, JsonValue] = Field({}, description="values of the template's parameters, by key")


class DecisionIn(Schema):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"decision": "approve", "comment": "Reads well."}}
    )

    decision: str = Field(description="approve, skip or stop; retry, accept or stop after a check that was not passed")
    comment: str = ""


class CopyIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Our code review"}})

    name: str = Field("", description="blank takes “Copy of …”")


class TemplatesOut(Schema):
    """Presets first, then the newest. Pass `next_cursor` as `cursor` for the page behind; null is the end."""

    templates: list[TemplateOut]
    next_cursor: str | None


class PipelinesOut(Schema):
    pipelines: list[PipelineOut]
    next_cursor: str | None


class DeletedOut(Schema):
    deleted: bool


class StoppedOut(Schema):
    stopped: bool = Field(description="false where the run had ended already")


class Filters(Schema):
    model_config = ConfigDict(extra="forbid")

    templateId: str | None = None  # noqa: N815  # as it is sent
    cursor: str | None = None
    limit: int = 50


@router.get("/templates", response=TemplatesOut, summary="List the project's templates, presets first")
def templates(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> TemplatesOut:
    rows = _templates(request).filter(project=request.auth.project)
    found = page(rows.exclude(draft__has_key=PRESET), cursor=cursor, limit=limit)
    presets = [] if cursor else list(rows.filter(draft__has_key=PRESET).order_by("pk"))
    return TemplatesOut(templates=[template_out(row) for row in (*presets, *found.items)], next_cursor=found.older)


@router.post("/templates", response={201: TemplateOut}, summary="Create a template")
def create(request: ApiRequest, data: TemplateIn) -> Status[TemplateOut]:
    place = request.auth
    made = template_create(actor=place.actor, project=place.project, words=data.words(), definition=data.definition())
    return Status(201, template_out(made))


@router.get("/templates/{template_id}", response=TemplateOut, summary="Get a template")
def template(request: ApiRequest, template_id: str) -> TemplateOut:
    return template_out(_template(request, template_id))


@router.put("/templates/{template_id}", response=TemplateOut, summary="Replace a template, as a new version")
def update(request: ApiRequest, template_id: str, data: TemplateIn) -> TemplateOut:
    changed = template_update(
        actor=request.auth.actor, pipeline=_template(request, template_id), words=data.words(),
        definition=data.definition(),
    )  # fmt: skip
    return template_out(changed)


@router.delete("/templates/{template_id}", response=DeletedOut, summary="Archive a template; its runs stay")
def delete(request: ApiRequest, template_id: str) -> DeletedOut:
    pipeline_archive(actor=request.auth.actor, pipeline=_template(request, template_id))
    return DeletedOut(deleted=True)


@router.post("/templates/{template_id}/copy", response={201: TemplateOut}, summary="Copy a template, such as a preset")
def copy(request: ApiRequest, template_id: str, data: CopyIn | None = None) -> Status[TemplateOut]:
    name = data.name if data else ""
    made = template_copy(actor=request.auth.actor, pipeline=_template(request, template_id), name=name)
    return Status(201, template_out(made))


@router.post("", response={201: PipelineDetailOut}, summary="Start a run of a template")
def start(request: ApiRequest, data: StartIn) -> Status[PipelineDetailOut]:
    require(request.auth.actor, Permission.RUN)
    run = stages_start(
        actor=request.auth.actor, pipeline=_template(request, data.templateId), description=data.description,
        params=data.params, trigger=Trigger.API,
    )  # fmt: skip
    return Status(201, _detail(request, run.public_id))


@router.get("", response=PipelinesOut, summary="List the project's runs of stages, the newest first")
def index(request: ApiRequest, filters: Query[Filters]) -> PipelinesOut:
    rows = _runs(request).filter(project=request.auth.project)
    if filters.templateId:
        rows = rows.filter(pipeline=_template(request, filters.templateId))
    found = page(rows, cursor=filters.cursor, limit=filters.limit)
    waits = waits_of(found.items)
    return PipelinesOut(
        pipelines=[pipeline_out(run, waits.get(run.pk, ())) for run in found.items], next_cursor=found.older
    )


@router.get("/{stage_run_id}", response=PipelineDetailOut, summary="Get a run with its stages")
def detail(request: ApiRequest, stage_run_id: str) -> PipelineDetailOut:
    return _detail(request, stage_run_id)


@router.get("/{stage_run_id}/handoffs", summary="Get what the stages left for one another, as Markdown")
def handoffs(request: ApiRequest, stage_run_id: str) -> HttpResponse:
    run = by_public_id(_runs(request), stage_run_id)
    text = as_markdown(handoffs_in(stages_in(run.version.definition, steps_of(run))))
    head = f"# Handoffs of {' '.join(str(run).split())}"
    name = f"handoffs-{run.public_id}.md"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(f"{head}\n\n{text}\n", content_type="text/markdown; charset=utf-8", headers=headers)


@router.post("/{stage_run_id}/stop", response=StoppedOut, summary="Stop a run")
def stop(request: ApiRequest, stage_run_id: str) -> StoppedOut:
    try:
        run_cancel(actor=request.auth.actor, run=by_public_id(_runs(request), stage_run_id))
    except RunFinished:
        return StoppedOut(stopped=False)
    return StoppedOut(stopped=True)


@router.post("/{stage_run_id}/gates/{stage}", response=PipelineDetailOut, summary="Decide about a stage")
def decide(request: ApiRequest, stage_run_id: str, stage: str, data: DecisionIn) -> PipelineDetailOut:
    """`stage` is the index of the stage before the gate, or of the check; or the id of what waits, such as gate-0."""
    require(request.auth.actor, Permission.RUN)
    run = by_public_id(_runs(request), stage_run_id)
    gate_decide(
        actor=request.auth.actor, run=run, node_id=_node(run, stage), decision=data.decision, comment=data.comment
    )
    return _detail(request, stage_run_id)


def _node(run: Run, stage: str) -> str:
    """Return the id of the node that is decided about; raise NotFound where a stage has nothing to decide."""
    nodes: set[Any] = {node["id"] for node in run.version.graph["nodes"]}
    if stage.isascii() and stage.isdecimal():
        waiting = _waits_at(run, int(stage))
        candidates = [*waiting, gate_id(int(stage)), stage_id(int(stage))]
        stage = next((node_id for node_id in candidates if node_id in nodes), stage)
    if stage not in nodes:
        raise NotFound(f"This run has no gate at {stage!r}.")
    return stage


def _waits_at(run: Run, place: int) -> list[str]:
    """Return the nodes of a stage that wait now: the check itself, or the gate behind it."""
    stages = stages_in(run.version.definition, steps_of(run))
    return [stage.waiting_node for stage in stages if stage.index == place and stage.waiting_node]


def _detail(request: ApiRequest, public_id: str) -> PipelineDetailOut:
    run = by_public_id(_runs(request), public_id)
    return detail_out(run, stages_in(run.version.definition, steps_of(run)))


def _template(request: ApiRequest, template_id: str) -> Pipeline:
    return by_public_id(_templates(request), template_id)


def _templates(request: ApiRequest) -> "QuerySet[Pipeline]":
    require(request.auth.actor, Permission.VIEW)
    return pipelines_for(request.auth.actor).filter(dialect=Dialect.STAGES)


def _runs(request: ApiRequest) -> "QuerySet[Run]":
    require(request.auth.actor, Permission.VIEW)
    return runs_for(request.auth.actor).filter(pipeline__dialect=Dialect.STAGES)
