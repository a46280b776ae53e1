"""A pipeline of nodes, steps or stages: its page, and its definition as JSON in the code editor."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.access import Permission
from console.display.pipeline_runs import run_rows
from console.forms.definition import DefinitionForm
from console.session import PlacedRequest
from console.views.answers import see_other
from console.views.drafts import checked, drawn
from console.views.guard import page
from console.views.pipeline_head import head
from console.views.rights import rights
from orchestration.errors import PipelineInvalid, PipelineNameTaken
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipeline_versions_for, pipelines_for, runs_for
from orchestration.services.pipelines import pipeline_create, pipeline_publish, pipeline_update

_RUNS_SHOWN = 10
_VERSIONS_SHOWN = 5


def overview(request: PlacedRequest, pipeline: Pipeline) -> HttpResponse:
    """Show a pipeline as new runs take it: by its latest version, or by its draft while there is none."""
    actor = request.place.actor
    definition = pipeline.latest.definition if pipeline.latest else pipeline.draft
    runs = runs_for(actor).filter(pipeline=pipeline).defer("input", "version__graph", "version__definition")
    context = {
        **head(request, pipeline, "overview"),
        "picture": drawn(pipeline, definition),
        "runs": run_rows(runs.order_by("-pk")[:_RUNS_SHOWN]),
        "versions": pipeline_versions_for(actor, pipeline).defer("definition", "graph")[:_VERSIONS_SHOWN],
    }
    return render(request, "pipelines/graph.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def new(request: PlacedRequest, dialect: Dialect) -> HttpResponse:
    if request.method == "POST":
        return _edit(request, None, dialect)
    form = DefinitionForm.blank(dialect)
    return _show(request, form, None, dialect, form.definition())


def edit_json(request: PlacedRequest, pipeline: Pipeline) -> HttpResponse:
    dialect = Dialect(pipeline.dialect)
    if request.method == "POST":
        return _edit(request, pipeline, dialect)
    form = DefinitionForm.of(pipeline)
    return _show(request, form, pipeline, dialect, form.definition(), is_checking="check" in request.GET)


def _edit(request: PlacedRequest, pipeline: Pipeline | None, dialect: Dialect) -> HttpResponse:
    """Save what was sent, or only look at it where the button says so."""
    form, act = DefinitionForm.sent(request.POST), request.POST.get("act", "save")
    definition = form.definition()
    if definition is None:
        return _show(request, form, pipeline, dialect, None, status=422)
    if act == "check":
        return _show(request, form, pipeline, dialect, definition, is_checking=True)
    try:
        saved = _save(request, form, pipeline, dialect, definition)
    except (PipelineInvalid, PipelineNameTaken) as error:
        form.show(error.problems)
        return _show(request, form, pipeline, dialect, definition, status=422)
    return saved_answer(request, saved, act)


def _save(
    request: PlacedRequest, form: DefinitionForm, pipeline: Pipeline | None, dialect: Dialect, definition: JsonObject
) -> Pipeline:
    actor = request.place.actor
    if pipeline is None:
        return pipeline_create(
            actor=actor, project=request.place.project, name=form.name, description=form.description,
            dialect_name=dialect, definition=definition,
        )  # fmt: skip
    # Read again: what can't be saved must not stand on the one that the page's head shows.
    fresh = pipelines_for(actor).get(pk=pipeline.pk)
    return pipeline_update(
        actor=actor, pipeline=fresh, name=form.name, description=form.description, definition=definition
    )


def saved_answer(request: PlacedRequest, pipeline: Pipeline, act: str, *, view: str = "?") -> HttpResponse:
    """Go on from a draft that is saved: to the pipeline when it is published too, else back to its editor."""
    editing = f"{reverse('pipeline-edit', args=[pipeline.public_id])}{view}"
    if act == "save":
        messages.success(request, "The draft is saved. Runs take it when you publish it.")
        return see_other(editing)
    if not pipeline.has_changes:
        messages.info(request, "Saved. Nothing differs from the latest version, so there is nothing to publish.")
        return see_other("pipeline", pipeline.public_id)
    try:
        version = pipeline_publish(actor=request.place.actor, pipeline=pipeline)
    except PipelineInvalid:
        messages.warning(request, "The draft is saved, and it can’t be published yet. What is missing is marked below.")
        return see_other(f"{editing}&check=1")
    messages.success(request, f"Version {version.number} is published. New runs take it.")
    return see_other("pipeline", pipeline.public_id)


def _show(
    request: PlacedRequest,
    form: DefinitionForm,
    pipeline: Pipeline | None,
    dialect: Dialect,
    definition: JsonObject | None,
    *,
    is_checking: bool = False,
    status: int = 200,
) -> HttpResponse:
    place = request.place
    looked_at = pipeline or Pipeline(
        organization_id=place.organization.pk, project_id=place.project.pk, dialect=dialect.value
    )
    found = checked(looked_at, definition) if definition is not None else None
    if found and is_checking:
        form.show(found.errors)
        form.show(found.warnings, tone="warning")
    context = {
        "form": form,
        "pipeline": pipeline,
        "dialect": dialect,
        "picture": found.drawn() if found else None,
        "is_checked": is_checking,
        "next_version": (pipeline.latest.number if pipeline and pipeline.latest else 0) + 1,
        **rights(request, looked_at.project_id),
    }
    return render(request, "pipelines/definition.html", context, status=status)
