"""Makes tasks of a dataset's rows, a batch at a time.

A batch is one transaction: it locks the dataset, reads on from the row that was dealt with last, writes the tasks with
their runs, and moves that row on. So a worker may die anywhere, two may try at once, and every row is made once.
"""

import logging
import uuid
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from evaluation.models import Dataset, DatasetStatus
from evaluation.seeding.problems import CsvRefused
from evaluation.seeding.rows import Rows
from evaluation.seeding.writer import write

log = logging.getLogger(__name__)

BATCH_ROWS = 2_000


def seed(dataset_id: uuid.UUID) -> None:
    """Make tasks of all rows that are left. Harmless where another worker is at it, or nothing is left."""
    with Rows() as rows:
        while True:
            with transaction.atomic():
                dataset = _locked(dataset_id)
                if dataset is None:
                    return
                seed_batch(dataset, rows)


def seed_batch(dataset: Dataset, rows: Rows) -> None:
    """Make tasks of the next rows of a dataset that the caller's transaction holds."""
    try:
        frozen = rows.take(dataset, BATCH_ROWS)
    except (CsvRefused, OSError) as error:
        # It was read to its end before, so it was changed or lost since.
        log.exception("the rows of dataset %s can't be read any more", dataset.pk)
        dataset.status, dataset.error = DatasetStatus.FAILED, f"The uploaded file can't be read any more: {error}"
        dataset.save(update_fields=["status", "error", "updated_at"])
        return
    good = [row for row in frozen if row.seed is not None]
    write(dataset, good)
    dataset.read_rows += len(frozen)
    dataset.created_rows += len(good)
    if len(frozen) < BATCH_ROWS:
        dataset.status, dataset.finished_at = DatasetStatus.SEEDED, timezone.now()
    dataset.save(update_fields=["read_rows", "created_rows", "status", "finished_at", "updated_at"])


def wake(dataset_id: uuid.UUID) -> None:
    """Have a worker go on with a dataset. Losing the message loses nothing: `resume_stalled` sends it again."""
    try:
        current_app.send_task("evaluation.seed", args=[str(dataset_id)], queue="control")
    except (OperationalError, OSError) as error:
        log.warning("a worker could not be told of dataset %s: %s", dataset_id, error)


def resume_stalled(*, older_than_seconds: float) -> None:
    """Have workers go on with datasets that nobody has touched for a while."""
    now = timezone.now()
    # What was touched in the future was touched before the clock was put back.
    long_ago = Q(updated_at__lt=now - timedelta(seconds=older_than_seconds)) | Q(updated_at__gt=now)
    stalled = Dataset.objects.filter(long_ago, status=DatasetStatus.SEEDING)
    for dataset_id in stalled.values_list("pk", flat=True)[:100]:
        wake(dataset_id)


def _locked(dataset_id: uuid.UUID) -> Dataset | None:
    """Hold a dataset that is being seeded; None where it is not, or where another worker holds it."""
    return (
        Dataset.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("version__pipeline", "agent_version")
        .filter(pk=dataset_id, status=DatasetStatus.SEEDING)
        .first()
    )
