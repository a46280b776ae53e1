import uuid
from typing import cast

from agents.errors import WorkFailed
from console.errors import Problem
from console.ids import from_public
from orchestration import templates
from orchestration.dialects.nodes.runnable import unrunnable
from orchestration.graph import JsonObject, Node
from orchestration.models import Dialect, Pipeline, PipelineVersion, Run
from orchestration.outputs import ensure_small
from orchestration.schemas import value_problems
from orchestration.states import RunStatus
from orchestration.steps.base import (
    Answer,
    Child,
    ChildrenEnded,
    ChildResult,
    Due,
    Failed,
    Ok,
    StepContext,
    StepError,
    Suspend,
    Waiting,
)
from orchestration.steps.pipeline_step import PipelineStep, failed, fitting, inputs_of, text_setting
from orchestration.views import graph_of

#: The public ids of pipelines begin with the one or the other.
_PREFIXES = (Pipeline.ID_PREFIX, "orch")
_CHILD_FAILED = "The pipeline it started did not complete:"


class SubPipelineStep(PipelineStep):
    """Runs another pipeline of the project, in its newest version, and waits for it. Its output is the final state.

    A pipeline that runs above this step already is refused, for it would start itself without end.
    """

    def work(self, context: StepContext) -> Answer:
        node = context.node
        version = _version(context)
        given = _input(node, context.input)
        if found := value_problems(graph_of(version.pk).input_schema or {}, given, "inputs"):
            raise WorkFailed("input_invalid", f"The pipeline does not take {found[0].dotted_path}: {found[0].message}")
        due_ms = node.timeout_seconds * 1_000 if node.timeout_seconds else None
        waiting_for: JsonObject = {"type": "children", "template_id": text_setting(node, "templateId")}
        return Suspend(waiting_for, due_ms, children=(Child(version.pk, given, node.name or node.id),))

    def woken(self, waiting: Waiting) -> Answer:
        match waiting.wake:
            case ChildrenEnded(live=0):
                # Of several, where the step was tried again, the last one counts.
                return _outcome(waiting.node, waiting.wake.children[-1])
            case ChildrenEnded():
                return Suspend(waiting.waiting_for)
            case Due():
                message = f"The pipeline it started took longer than {waiting.node.timeout_seconds} s."
                return Failed(StepError("step_timeout", message))
            case _:
                raise ValueError("This step waits for the pipeline that it started.")

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        if not text_setting(node, "templateId").strip():
            return [Problem("Choose the pipeline to run.", "templateId")]
        if _pipeline(text_setting(node, "templateId"), organization_id) is None:
            return [Problem("There is no such pipeline here. Choose another.", "templateId")]
        try:
            for part in _texts(node.config.get("inputs")):
                templates.names(part)
        except templates.TemplateError as error:
            return [Problem(str(error), "inputs")]
        return []


def _version(context: StepContext) -> PipelineVersion:
    """Return what is to be run; raise WorkFailed where it is not there, can't run, or runs above this step."""
    template_id = text_setting(context.node, "templateId")
    pipeline = _pipeline(template_id, context.organization_id, project_id=context.project_id)
    if pipeline is None:
        raise WorkFailed("pipeline_not_found", f"There is no pipeline {template_id!r} in this project.")
    if pipeline.latest is None:
        raise WorkFailed("pipeline_not_published", f"{pipeline.name} is a draft. Publish it.")
    if pipeline.pk in _above(context.run_id):
        message = f"{pipeline.name} is running above this step already, so it would start itself without end."
        raise WorkFailed("pipeline_calls_itself", message)
    error = unrunnable(pipeline.latest.definition) if pipeline.dialect == Dialect.NODES else None
    if error is not None:
        raise WorkFailed(error.code, f"{pipeline.name} can't be run. {error.message}")
    return pipeline.latest


def _pipeline(template_id: str, organization_id: uuid.UUID, *, project_id: uuid.UUID | None = None) -> Pipeline | None:
    key = next(filter(None, (from_public(prefix, template_id) for prefix in _PREFIXES)), None)
    if key is None:
        return None
    rows = Pipeline.objects.filter(organization_id=organization_id, archived_at=None).select_related("latest")
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    return cast("Pipeline | None", rows.filter(pk=key).first())


def _above(run_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the pipelines of a run and of the runs above it."""
    found: set[uuid.UUID] = set()
    above: uuid.UUID | None = run_id
    while above is not None:
        pipeline_id, above = Run.objects.values_list("pipeline_id", "parent_step__run_id").get(pk=above)
        found.add(pipeline_id)
    return found


def _input(node: Node, state: JsonObject) -> JsonObject:
    """Return what the child begins with: the inputs as they are written, else what the input keys stand for."""
    written = node.config.get("inputs")
    given = templates.render_value(written, state) if isinstance(written, dict) else inputs_of(node, state)
    return cast("JsonObject", given)


def _outcome(node: Node, child: ChildResult) -> Answer:
    if child.status is not RunStatus.COMPLETED:
        error = child.error or {}
        message = f"{_CHILD_FAILED} {error.get('message', child.status.value)}"
        return Failed(StepError("child_failed", message, {"error": child.error, "run": str(child.run_id)}))
    ensure_small(child.output)
    try:
        return Ok(fitting(node, child.output))
    except WorkFailed as failure:
        return failed(failure)


def _texts(value: object) -> list[str]:
    """Return every text inside a value."""
    waiting, found = [value], []
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return found
