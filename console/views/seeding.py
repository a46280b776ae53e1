"""Seeding tasks from a CSV: choose a file, look through what it holds, make tasks of its rows."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.models import VerdictWord
from console.access import Permission
from console.api.tasks import template_response
from console.display.datasets import dataset_row, outcomes, preview_table
from console.exports import problems_file
from console.forms.seeding import ChosenFile
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights
from console.views.uploads import uploads_of
from evaluation.explorer import Dimension, RunFilters, listed, runs_matching
from evaluation.models import Dataset, DatasetStatus
from evaluation.queries import datasets_for
from evaluation.run_counts import MOST_COUNTED, facets_of
from evaluation.seeding.axes import AXES
from evaluation.seeding.field_of import wiring_of
from evaluation.seeding.problems import CsvRefused
from evaluation.seeding.reader import DEFAULT_LIMITS
from evaluation.seeding.stored import preview_of_dataset
from evaluation.seeding.template import template
from evaluation.services.seeding import dataset_seed, upload_check
from evaluation.statistics import wilson
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for
from orchestration.services.runs import latest_version

_UPLOADS_SHOWN = 5
_PROBLEMS_BESIDE = 8
_RUNS_SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.RUN)
def seed(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    """Take a file and check it. Nothing is created from it: that is asked for on the page it leads to."""
    actor = request.place.actor
    pipeline = by_public_id(pipelines_for(actor).filter(dialect=Dialect.FIELDS), pipeline_id)
    latest_version(pipeline)
    if request.method != "POST":
        return _choose(request, pipeline)
    try:
        chosen = ChosenFile(request.FILES.get("file"))
        upload = upload_check(actor=actor, pipeline=pipeline, file=chosen.stream, name=chosen.name)
    except CsvRefused as error:
        return _choose(request, pipeline, error)
    return see_other("dataset", upload.dataset.public_id)


@require_safe
@page()
def csv_template(request: PlacedRequest, pipeline_id: str) -> HttpResponse:
    pipeline = by_public_id(pipelines_for(request.place.actor).filter(dialect=Dialect.FIELDS), pipeline_id)
    return template_response(template(wiring_of(latest_version(pipeline))))


@require_safe
@page()
def dataset(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    """Show what a checked file holds, or how far its seeding has come."""
    found = dataset_of(request, dataset_id)
    return _check(request, found) if found.status == DatasetStatus.CHECKED else _detail(request, found)


@require_safe
@page()
def problems(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    """Send all problems of a file as a CSV file of their own."""
    return problems_file(dataset_of(request, dataset_id))


@require_POST
@page(Permission.RUN)
def start(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    """Make tasks of the rows that are free of problems: the button says how many those are."""
    found = dataset_of(request, dataset_id)
    dataset_seed(actor=request.place.actor, dataset=found, leave_out_bad_rows=True)
    return see_other("dataset", found.public_id)


def dataset_of(request: PlacedRequest, dataset_id: str) -> Dataset:
    rows = datasets_for(request.place.actor).defer(
        "version__graph", "agent_version__spec", "agent_version__agent__draft"
    )
    return by_public_id(rows.select_related("pipeline", "version", "agent_version__agent"), dataset_id)


def _choose(request: PlacedRequest, pipeline: Pipeline, error: CsvRefused | None = None) -> HttpResponse:
    wiring = wiring_of(latest_version(pipeline))
    context = {
        "pipeline": pipeline,
        "problem": error.problem if error else None,
        "axes": [(AXES[name], column) for name, column in wiring.columns.items()],
        "shown_columns": wiring.fields,
        "most_bytes": settings.CALLBOARD_UPLOAD_BYTES,
        "limits": DEFAULT_LIMITS,
        "uploads": uploads_of(request.place.actor, pipeline, _UPLOADS_SHOWN),
        **rights(request, pipeline.project_id),
    }
    return render(request, "datasets/choose.html", context, status=422 if error else 200)


def _check(request: PlacedRequest, dataset: Dataset) -> HttpResponse:
    preview = preview_of_dataset(dataset)
    uploads = uploads_of(request.place.actor, dataset.pipeline, _UPLOADS_SHOWN)
    context = {
        "dataset": dataset,
        "columns": preview.columns,
        "absent": preview.absent,
        "table": preview_table(preview),
        "is_problems": request.GET.get("view") == "problems",
        "bad_rows": dataset.total_rows - dataset.good_rows,
        "beside": dataset.left_out[:_PROBLEMS_BESIDE],
        "more": max(0, dataset.problem_count - _PROBLEMS_BESIDE),
        "uploads": [row for row in uploads if row.dataset.pk != dataset.pk],
        **rights(request, dataset.project_id),
    }
    return render(request, "datasets/check.html", context)


def _detail(request: PlacedRequest, dataset: Dataset) -> HttpResponse:
    actor = request.place.actor
    runs = runs_matching(actor, dataset.project_id, RunFilters(dataset_id=dataset.pk))
    facets = facets_of(runs)
    verdicts = facets.values[Dimension.VERDICT]
    passed, failed = verdicts[VerdictWord.PASS], verdicts[VerdictWord.FAIL]
    context = {
        "dataset": dataset,
        "row": dataset_row(dataset, verdicts, now=timezone.now()),
        "runs": listed(runs).order_by("-pk")[:_RUNS_SHOWN],
        "share": wilson(passed, passed + failed),
        "graded": passed + failed,
        "ungraded": verdicts[VerdictWord.UNGRADED],
        "outcomes": outcomes(dataset, facets.values),
        "counted_in": f"newest {MOST_COUNTED:,}" if facets.total.is_capped else "",
        "bad_rows": dataset.total_rows - dataset.good_rows,
        **rights(request, dataset.project_id),
    }
    return render(request, "datasets/detail.html", context)
