"""The files that pages and the API send: runs, the audit trail, what is wrong with a dataset's rows."""

import json
import uuid
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from console.access import Actor
from console.audit_trail import TrailFilters, batches, entries_for
from console.display.audit import COLUMNS as TRAIL_COLUMNS
from console.display.audit import export_cells
from console.downloads import Download
from evaluation.explorer import RunFilters, runs_matching
from evaluation.models import Dataset
from evaluation.run_export import COLUMNS as RUN_COLUMNS
from evaluation.run_export import Record, record_batches
from evaluation.seeding.export import csv_line
from evaluation.seeding.stored import problems_of_dataset

CSV = "text/csv; charset=utf-8"


class RunFileKind(StrEnum):
    """CSV is made safe for spreadsheets, which may add an apostrophe; JSONL is exact."""

    CSV = "csv"
    JSONL = "jsonl"


class _Format(NamedTuple):
    content_type: str
    head: str
    line: Callable[[Record], str]


_FORMATS: Mapping[RunFileKind, _Format] = {
    RunFileKind.CSV: _Format(CSV, csv_line(RUN_COLUMNS), lambda record: csv_line(record[name] for name in RUN_COLUMNS)),
    RunFileKind.JSONL: _Format(
        "application/x-ndjson; charset=utf-8", "", lambda record: json.dumps(record, ensure_ascii=False) + "\n"
    ),
}


def runs_file(actor: Actor, project_id: uuid.UUID, filters: RunFilters, kind: RunFileKind) -> StreamingHttpResponse:
    """Send the runs of a project that fit, the newest first."""
    content_type, head, line = _FORMATS[kind]
    found = record_batches(runs_matching(actor, project_id, filters))
    return Download(f"runs-{timezone.now():%Y-%m-%d}.{kind}", content_type, found, line, head).response()


def trail_file(actor: Actor, filters: TrailFilters) -> StreamingHttpResponse:
    """Send the entries of the audit trail that fit, the newest first, as CSV that is safe for spreadsheets."""
    found = batches(entries_for(actor, filters))
    name = f"audit-trail-{timezone.now():%Y-%m-%d}.csv"
    return Download(name, CSV, found, lambda entry: csv_line(export_cells(entry)), csv_line(TRAIL_COLUMNS)).response()


def problems_file(dataset: Dataset) -> HttpResponse:
    """Send all that is wrong with a dataset's rows; raise UploadLost where its file is gone."""
    lines = [csv_line(("row", "column", "message"))]
    lines += [csv_line((problem.row, problem.column, problem.message)) for problem in problems_of_dataset(dataset)]
    headers = {"Content-Disposition": f'attachment; filename="problems-{dataset.public_id}.csv"'}
    return HttpResponse("".join(lines), content_type=CSV, headers=headers)
