"""The file of a dataset that was checked, as it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from django.core.files.storage import default_storage

from evaluation.errors import UploadLost
from evaluation.models import Dataset
from evaluation.seeding.field_of import wiring_of
from evaluation.seeding.preview import Preview, preview_of, problems_of
from evaluation.seeding.problems import CsvRefused, RowProblem


def preview_of_dataset(dataset: Dataset) -> Preview:
    """Return the first rows of a dataset's CSV; raise UploadLost where the file was changed or lost."""
    with _opened(dataset) as stream:
        return preview_of(stream, wiring_of(dataset.version))


def problems_of_dataset(dataset: Dataset) -> Iterator[RowProblem]:
    """Yield all that is wrong with a dataset's rows, beyond the thousand that the dataset itself lists."""
    if not dataset.problem_count:
        return
    with _opened(dataset) as stream:
        yield from problems_of(stream, wiring_of(dataset.version))


@contextmanager
def _opened(dataset: Dataset) -> Iterator[BinaryIO]:
    try:
        with default_storage.open(dataset.file, "rb") as stream:
            yield cast("BinaryIO", stream)
    except (CsvRefused, OSError) as error:  # it was read to its end before
        raise UploadLost(f"The file {dataset.name} can't be read any more. Choose it again.") from error
