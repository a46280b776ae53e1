"""Starting a run of a pipeline of nodes, steps or stages by a form that its input schema makes."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from console.access import Permission, require
from console.errors import Invalid, Problem
from console.forms.schema_fields import SchemaField, fields_of, read_fields, read_json, show_problems
from console.services.pipeline_start import pipeline_start
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from console.views.pipeline_head import head
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, Run
from orchestration.queries import pipelines_for, runs_for
from orchestration.services.runs import latest_version
from orchestration.views import graph_of


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.RUN)
def start(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    pipeline = by_public_id(pipelines_for(request.place.actor), pipeline_id)
    require(request.place.actor, Permission.RUN, project_id=pipeline.project_id)
    if pipeline.dialect == Dialect.FIELDS:
        return see_other("pipeline-seed", pipeline.public_id)
    if pipeline.latest is None:
        messages.info(request, "A draft can’t be run. Publish it first.")
        return see_other("pipeline", pipeline.public_id)
    given = _given(request)
    fields = fields_of(graph_of(latest_version(pipeline).pk).input_schema, given)
    if request.method != "POST":
        text = json.dumps(given, indent=2, ensure_ascii=False)
        return _show(request, pipeline, fields, text=text)
    return _start(request, pipeline, fields)


def _start(request: PlacedRequest, pipeline: Pipeline, fields: list[SchemaField]) -> HttpResponse:
    """Start a run with what was typed, or show it again with what is wrong with it."""
    text, title = request.POST.get("input", ""), request.POST.get("title", "").replace("\0", "").strip()
    is_json = not fields or request.POST.get("as") == "json"
    try:
        run = pipeline_start(
            actor=request.place.actor, pipeline=pipeline, run_input=_typed(request, fields, text, is_json=is_json),
            title=title,
        )  # fmt: skip
    except Invalid as error:
        others = list(error.problems) if is_json else show_problems(fields, list(error.problems))
        problem = " ".join(_sentence(item) for item in others)
        return _show(request, pipeline, fields, text=text, title=title, problem=problem, is_json=is_json, status=422)
    return see_other("run", run.public_id)


def _typed(request: PlacedRequest, fields: list[SchemaField], text: str, *, is_json: bool) -> JsonObject:
    """Return the input that was typed; raise Invalid for what can't be read."""
    if is_json:
        try:
            return read_json(text)
        except ValueError as error:
            raise Invalid.of([Problem(str(error))]) from error
    found, problems = read_fields(fields, request.POST)
    if problems:
        raise Invalid.of(problems)
    return found


def _given(request: PlacedRequest) -> JsonObject:
    """Return the input of the run that the URL names, to start from; an empty one without."""
    named = request.GET.get("like", "")
    run: Run | None = by_public_id(runs_for(request.place.actor), named) if named else None
    found: JsonObject = run.input if run else {}
    return found


def _sentence(problem: Problem) -> str:
    return f"{problem.dotted_path}: {problem.message}" if problem.path else problem.message


def _show(
    request: PlacedRequest,
    pipeline: Pipeline,
    fields: list[SchemaField],
    *,
    text: str,
    title: str = "",
    problem: str = "",
    is_json: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        **head(request, pipeline, "start"),
        "fields": fields,
        "text": text,
        "run_title": title,
        "problem": problem,
        "is_json": is_json or not fields or request.GET.get("as") == "json",
    }
    return render(request, "pipelines/start.html", context, status=status)
