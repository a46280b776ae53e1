"""Runs as a file: everything that fits the filters, sent as it is read."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

from asgiref.sync import sync_to_async
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.forms.explorer import ExplorerQuery
from console.session import PlacedRequest
from console.views.guard import page
from evaluation.explorer import runs_matching
from evaluation.run_export import COLUMNS, Record, record_batches
from evaluation.seeding.export import csv_line


class _Format(NamedTuple):
    """How records become a file. CSV is made safe for spreadsheets, which may add an apostrophe; JSONL is exact."""

    content_type: str
    head: str
    line: Callable[[Record], str]


_FORMATS = {
    "csv": _Format(
        "text/csv; charset=utf-8", csv_line(COLUMNS), lambda record: csv_line(record[name] for name in COLUMNS)
    ),
    "jsonl": _Format(
        "application/x-ndjson; charset=utf-8", "", lambda record: json.dumps(record, ensure_ascii=False) + "\n"
    ),
}


@require_safe
@page()
def export(request: PlacedRequest) -> HttpResponseBase:
    name = "jsonl" if request.GET.get("format") == "jsonl" else "csv"
    place, kind, now = request.place, _FORMATS[name], timezone.now()
    filters = ExplorerQuery(request.GET).filters(now)
    batches = record_batches(runs_matching(place.actor, place.project.pk, filters))
    return StreamingHttpResponse(
        _text(batches, kind),
        content_type=kind.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="runs-{now:%Y-%m-%d}.{name}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _text(batches: Iterator[list[Record]], kind: _Format) -> AsyncIterator[str]:
    """Yield the file in pieces. Each batch is read in the thread of the request, whose database connection it is."""

    def read() -> list[Record]:
        return next(batches, [])

    yield kind.head
    while batch := await sync_to_async(read)():
        yield "".join(map(kind.line, batch))
