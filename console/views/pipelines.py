"""The Pipelines pages: the list, one pipeline, its versions, and what can be done with it."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from agents.llm.catalogue import resolve_judge
from agents.models import VerdictWord
from console.access import Permission
from console.display import pipelines as shown
from console.display.agents import sides
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.definitions import overview
from console.views.guard import page
from console.views.pipeline_head import head
from console.views.rights import rights
from console.views.uploads import uploads_of
from evaluation.explorer import Dimension, RunFilters, listed, runs_matching
from evaluation.pipelines import agent_field_of, agents_by_id, with_activity
from evaluation.run_counts import facets_of
from evaluation.statistics import wilson
from orchestration.errors import PipelineInvalid
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, PipelineVersion
from orchestration.queries import pipeline_versions_for, pipelines_for
from orchestration.services.pipelines import pipeline_archive, pipeline_publish
from orchestration.services.stages import template_copy

_RUNS_SHOWN = 10
_VERSIONS_SHOWN = 5
_DATASETS_SHOWN = 5
_DRAFT = "draft"


@require_safe
@vary_on_headers("HX-Request")
@page()
def index(request: PlacedRequest) -> HttpResponse:
    place, words = request.place, request.GET.get("q", "").replace("\0", "").strip()
    pipelines = pipelines_for(place.actor).filter(project=place.project).defer("latest__definition", "latest__graph")
    named = pipelines.filter(name__icontains=words) if words else pipelines
    found = page_of(with_activity(named), cursor=request.GET.get("cursor"))
    agents = agents_by_id(place.actor, (agent_field_of(row.draft).agent_id for row in found.items))
    context = {
        "rows": [shown.pipeline_row(row, agents) for row in found.items],
        "pager": pager_of(found, request.GET, "pipeline"),
        "q": words,
        "is_empty": not found.items and not pipelines.exists(),
        **rights(request),
    }
    return render(request, "pipelines/index.html#list" if request.htmx else "pipelines/index.html", context)


@require_safe
@page()
def detail(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    """Show a pipeline as new tasks take it: by its latest version, or by its draft while there is none."""
    actor = request.place.actor
    pipeline = by_public_id(pipelines_for(actor), pipeline_id)
    if pipeline.dialect != Dialect.FIELDS:
        return overview(request, pipeline)
    field = agent_field_of(pipeline.latest.definition if pipeline.latest else pipeline.draft)
    runs = runs_matching(actor, pipeline.project_id, RunFilters(chosen={Dimension.PIPELINE: (str(pipeline.pk),)}))
    verdicts = facets_of(runs).values[Dimension.VERDICT]
    passed, failed = verdicts[VerdictWord.PASS], verdicts[VerdictWord.FAIL]
    versions = pipeline_versions_for(actor, pipeline)
    context = {
        **head(request, pipeline, "overview"),
        "fields": shown.field_words(pipeline.latest.definition if pipeline.latest else pipeline.draft),
        "agent": agents_by_id(actor, [field.agent_id]).get(field.agent_id),
        "field": field,
        "judge": resolve_judge(pipeline.organization_id, field.judge_model),
        "runs": listed(runs).order_by("-pk")[:_RUNS_SHOWN],
        "uploads": uploads_of(actor, pipeline, _DATASETS_SHOWN),
        "versions": versions.defer("definition", "graph")[:_VERSIONS_SHOWN],
        "share": wilson(passed, passed + failed),
        "graded": passed + failed,
        "ungraded": verdicts[VerdictWord.UNGRADED],
    }
    return render(request, "pipelines/detail.html", context)


@require_safe
@page()
def versions(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    """Compare the two versions that the URL names, else the newest with the one before it."""
    actor = request.place.actor
    pipeline = by_public_id(pipelines_for(actor), pipeline_id)
    rows = pipeline_versions_for(actor, pipeline)
    numbers = [str(number) for number in rows.values_list("number", flat=True)]
    names = [_DRAFT, *numbers] if pipeline.has_changes else numbers
    pair = sides(names, before=request.GET.get("from", ""), after=request.GET.get("to", ""))
    found = page_of(rows.defer("definition", "graph"), cursor=request.GET.get("cursor"))
    context = {
        **head(request, pipeline, "versions"),
        "sides": pair,
        "page": found,
        "pager": pager_of(found, request.GET, "version"),
    }
    if pair:
        before, after = (_definition(pipeline, rows, name) for name in (pair.before, pair.after))
        context["changes"] = shown.changes(before, after, dialect=pipeline.dialect)
    return render(request, "pipelines/versions.html", context)


@require_POST
@page(Permission.EDIT_PIPELINES)
def publish(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    """Publish the draft; where it can't be, open it with all that keeps it from that."""
    actor = request.place.actor
    pipeline = by_public_id(pipelines_for(actor), pipeline_id)
    try:
        version = pipeline_publish(actor=actor, pipeline=pipeline)
    except PipelineInvalid:
        return see_other(f"{reverse('pipeline-edit', args=[pipeline.public_id])}?check=1")
    what = "tasks" if pipeline.dialect == Dialect.FIELDS else "runs"
    messages.success(request, f"Version {version.number} is published. New {what} take it.")
    return see_other("pipeline", pipeline.public_id)


@require_POST
@page(Permission.EDIT_PIPELINES)
def copy(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    """Make a pipeline of one's own from a template."""
    pipeline = by_public_id(pipelines_for(request.place.actor).filter(dialect=Dialect.STAGES), pipeline_id)
    made = template_copy(actor=request.place.actor, pipeline=pipeline)
    messages.success(request, f"{made.name} is yours to change.")
    return see_other("pipeline-edit", made.public_id)


@require_POST
@page(Permission.EDIT_PIPELINES)
def archive(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    pipeline = by_public_id(pipelines_for(request.place.actor), pipeline_id)
    pipeline_archive(actor=request.place.actor, pipeline=pipeline)
    messages.success(request, f"{pipeline.name} is archived. Its tasks, runs and verdicts stay readable.")
    return see_other("pipelines")


def _definition(pipeline: Pipeline, versions: "QuerySet[PipelineVersion]", name: str) -> JsonObject:
    found: JsonObject = pipeline.draft if name == _DRAFT else versions.get(number=int(name)).definition
    return found
