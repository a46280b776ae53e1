"""The uploads of a pipeline, as several pages list them."""

from django.utils import timezone

from console.access import Actor
from console.display.datasets import DatasetRow, dataset_row
from evaluation.dataset_facts import verdicts_of_datasets
from evaluation.queries import datasets_for
from orchestration.models import Pipeline


def uploads_of(actor: Actor, pipeline: Pipeline, most: int) -> list[DatasetRow]:
    """Return the newest uploads with how far they have come and what came of them."""
    rows = datasets_for(actor).filter(pipeline=pipeline).defer("left_out", "agent_version__spec")
    datasets = list(rows.select_related(None)[:most])
    verdicts = verdicts_of_datasets(dataset.pk for dataset in datasets)
    now = timezone.now()
    return [dataset_row(dataset, verdicts.get(dataset.pk), now=now) for dataset in datasets]
