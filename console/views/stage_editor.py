"""The stages editor: a template as a list of stages that can be moved, each with its check and its gate."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from console.access import Permission
from console.forms.stage_choices import stage_choices
from console.forms.stages import StagesForm
from console.session import PlacedRequest
from console.views.definitions import saved_answer
from console.views.drafts import Checked, checked
from console.views.guard import page
from console.views.rights import rights
from orchestration.errors import PipelineInvalid, PipelineNameTaken
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for
from orchestration.services.pipelines import pipeline_create, pipeline_update

_SAVING = frozenset({"save", "publish"})


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@page(Permission.EDIT_PIPELINES)
def new(request: PlacedRequest) -> HttpResponse:
    return edit_list(request, None)


def edit_list(request: PlacedRequest, pipeline: Pipeline | None) -> HttpResponse:
    """Show the editor, or save what was sent."""
    if request.method == "POST":
        return _edit(request, pipeline)
    form = StagesForm.of(pipeline) if pipeline else StagesForm.blank()
    found = _look(request, form, pipeline)
    if "check" in request.GET:
        form.show(found.errors)
    return _show(request, form, pipeline, found)


def _edit(request: PlacedRequest, pipeline: Pipeline | None) -> HttpResponse:
    """Save what was sent, or do what one of the form's own buttons asks, which saves nothing."""
    form, act = StagesForm.sent(request.POST), request.POST.get("act", "save")
    if act not in _SAVING:
        form.change(act)
        return _show(request, form, pipeline, _look(request, form, pipeline))
    try:
        return saved_answer(request, _save(request, form, pipeline), act)
    except (PipelineInvalid, PipelineNameTaken) as error:
        form.show(error.problems)
        return _show(request, form, pipeline, _look(request, form, pipeline), status=422)


def _save(request: PlacedRequest, form: StagesForm, pipeline: Pipeline | None) -> Pipeline:
    actor, definition = request.place.actor, form.definition()
    if pipeline is None:
        return pipeline_create(
            actor=actor, project=request.place.project, name=form.name, description=form.description,
            dialect_name=Dialect.STAGES, definition=definition,
        )  # fmt: skip
    fresh = pipelines_for(actor).get(pk=pipeline.pk)
    return pipeline_update(
        actor=actor, pipeline=fresh, name=form.name, description=form.description, definition=definition
    )


def _look(request: PlacedRequest, form: StagesForm, pipeline: Pipeline | None) -> Checked:
    place = request.place
    blank = Pipeline(organization_id=place.organization.pk, project_id=place.project.pk, dialect=Dialect.STAGES)
    return checked(pipeline or blank, form.definition())


def _show(
    request: PlacedRequest, form: StagesForm, pipeline: Pipeline | None, found: Checked, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "pipeline": pipeline,
        "choices": stage_choices(request.place.actor),
        "picture": found.drawn(direction="TB"),
        "next_version": (pipeline.latest.number if pipeline and pipeline.latest else 0) + 1,
        **rights(request, pipeline.project_id if pipeline else None),
    }
    template = "pipelines/stages.html#builder" if request.htmx else "pipelines/stages.html"
    return render(request, template, context, status=status)
