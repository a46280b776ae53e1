"""A seeding under way: how far it has come, and holding, continuing and ending it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.access import Permission
from console.display.datasets import dataset_row, since_of
from console.session import PlacedRequest
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights
from console.views.seeding import dataset_of
from evaluation.dataset_facts import verdicts_of_datasets
from evaluation.models import Dataset
from evaluation.services.seeding import dataset_cancel, dataset_continue, dataset_pause


@require_safe
@page()
def progress(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    """Answer an open page that asks how far the seeding has come."""
    return _part(request, dataset_of(request, dataset_id))


@require_POST
@page(Permission.RUN)
def pause(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    found = dataset_of(request, dataset_id)
    dataset_pause(actor=request.place.actor, dataset=found)
    return _changed(request, found)


@require_POST
@page(Permission.RUN)
def go_on(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    found = dataset_of(request, dataset_id)
    dataset_continue(actor=request.place.actor, dataset=found)
    return _changed(request, found)


@require_POST
@page(Permission.RUN)
def cancel(request: PlacedRequest, dataset_id: str) -> HttpResponse:
    found = dataset_of(request, dataset_id)
    dataset_cancel(actor=request.place.actor, dataset=found)
    return _changed(request, found)


def _changed(request: PlacedRequest, dataset: Dataset) -> HttpResponse:
    """Answer with the part that was pressed in, or lead to the dataset's own page."""
    if request.htmx:
        return _part(request, dataset_of(request, dataset.public_id))
    return see_other("dataset", dataset.public_id)


def _part(request: PlacedRequest, dataset: Dataset) -> HttpResponse:
    row = dataset_row(
        dataset, verdicts_of_datasets([dataset.pk]).get(dataset.pk), now=timezone.now(), since=since_of(request.GET)
    )
    template = "datasets/row.html" if request.GET.get("as") == "row" else "datasets/progress.html"
    return render(request, template, {"row": row, "dataset": dataset, **rights(request, dataset.project_id)})
