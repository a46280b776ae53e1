"""The Pipeline Builder: one form for a pipeline's draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from console.access import Permission, require
from console.display import pipelines as shown
from console.forms.builder_choices import builder_choices
from console.forms.pipelines import BuilderForm
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.definitions import edit_json
from console.views.guard import page
from console.views.rights import rights
from console.views.stage_editor import edit_list
from orchestration.errors import PipelineInvalid, PipelineNameTaken
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for
from orchestration.services.pipelines import checked_graph, pipeline_create, pipeline_publish, pipeline_update

_SAVING = frozenset({"save", "publish"})


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@page(Permission.EDIT_PIPELINES)
def new(request: PlacedRequest) -> HttpResponse:
    return _edit(request, None) if request.method == "POST" else _show(request, BuilderForm.blank(), None)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@page(Permission.EDIT_PIPELINES)
def edit(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    pipeline = by_public_id(pipelines_for(request.place.actor), pipeline_id)
    require(request.place.actor, Permission.EDIT_PIPELINES, project_id=pipeline.project_id)
    if pipeline.dialect != Dialect.FIELDS:
        is_list = pipeline.dialect == Dialect.STAGES and request.GET.get("view") != "json"
        return edit_list(request, pipeline) if is_list else edit_json(request, pipeline)
    if request.method == "POST":
        return _edit(request, pipeline)
    form = BuilderForm.of(pipeline)
    if "check" in request.GET:
        try:
            checked_graph(pipeline)
        except PipelineInvalid as error:
            form.show(error.problems)
    return _show(request, form, pipeline)


def _edit(request: PlacedRequest, pipeline: Pipeline | None) -> HttpResponse:
    """Save what was sent, or do what one of the form's own buttons asks, which saves nothing."""
    form, act = BuilderForm.sent(request.POST), request.POST.get("act", "save")
    if act not in _SAVING:
        form.change(act)
        return _show(request, form, pipeline)
    try:
        return _saved(request, _save(request, form, pipeline), act)
    except (PipelineInvalid, PipelineNameTaken) as error:
        form.show(error.problems)
        return _show(request, form, pipeline, status=422)


def _save(request: PlacedRequest, form: BuilderForm, pipeline: Pipeline | None) -> Pipeline:
    actor, definition = request.place.actor, form.definition()
    if pipeline is None:
        return pipeline_create(
            actor=actor, project=request.place.project, name=form.name, description=form.description,
            dialect_name=Dialect.FIELDS, definition=definition,
        )  # fmt: skip
    # Read again: what can't be saved must not stand on the one that the page's head shows.
    fresh = pipelines_for(actor).get(pk=pipeline.pk)
    return pipeline_update(
        actor=actor, pipeline=fresh, name=form.name, description=form.description, definition=definition
    )


def _saved(request: PlacedRequest, pipeline: Pipeline, act: str) -> HttpResponse:
    """Go on from a draft that is saved: to the pipeline when it is published too, else back to the form."""
    editing = reverse("pipeline-edit", args=[pipeline.public_id])
    if act == "save":
        messages.success(request, "The draft is saved. Tasks take it when you publish it.")
        return see_other(editing)
    if not pipeline.has_changes:
        messages.info(request, "Saved. The fields are those of the latest version, so there is nothing to publish.")
        return see_other("pipeline", pipeline.public_id)
    try:
        version = pipeline_publish(actor=request.place.actor, pipeline=pipeline)
    except PipelineInvalid:
        messages.warning(request, "The draft is saved, and it can’t be published yet. What is missing is marked below.")
        return see_other(f"{editing}?check=1")
    messages.success(request, f"Version {version.number} is published. New tasks take it.")
    return see_other("pipeline", pipeline.public_id)


def _show(request: PlacedRequest, form: BuilderForm, pipeline: Pipeline | None, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "pipeline": pipeline,
        "choices": builder_choices(request.place.actor),
        "next_version": (pipeline.latest.number if pipeline and pipeline.latest else 0) + 1,
        "is_json": request.GET.get("view") == "json" and pipeline is not None,
        "json": shown.definition_json(pipeline.draft) if pipeline else "",
        **rights(request),
    }
    template = "pipelines/builder.html#builder" if request.htmx else "pipelines/builder.html"
    return render(request, template, context, status=status)
