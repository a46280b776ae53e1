"""The rows of a dataset's file, from wherever the seeding has come to."""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import BinaryIO, Self, cast

from django.core.files.storage import default_storage

from evaluation.models import Dataset
from evaluation.seeding.check import frozen_rows
from evaluation.seeding.field_of import wiring_of
from evaluation.seeding.freeze import Frozen


class Rows:
    """Reads on where it stopped, and finds its place anew where somebody else has been at the dataset since."""

    def __init__(self) -> None:
        self._rows: Iterator[Frozen] = iter(())
        self._position: int | None = None
        self._open = ExitStack()

    def take(self, dataset: Dataset, count: int) -> list[Frozen]:
        """Return up to `count` rows behind `dataset.read_rows`; raise CsvRefused or OSError."""
        if self._position != dataset.read_rows:
            self._open.close()
            stream = self._open.enter_context(cast("BinaryIO", default_storage.open(dataset.file, "rb")))
            rows = _rows_of(dataset, stream)
            self._rows = islice(rows, dataset.read_rows, None)
            self._position = dataset.read_rows
        taken = list(islice(self._rows, count))
        self._position += len(taken)
        return taken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _rows_of(dataset: Dataset, stream: BinaryIO) -> Iterator[Frozen]:
    if dataset.file.endswith(".jsonl"):
        lines = io.TextIOWrapper(stream, encoding="utf-8")
        return (Frozen(number, json.loads(line)) for number, line in enumerate(lines, start=1))
    return frozen_rows(stream, wiring_of(dataset.version))
