"""Each bad file of the corpus is refused where it is bad, and leaves nothing; each odd one is taken as it is."""

import io
import tracemalloc

import pytest

from agents.models import AgentRun
from console.errors import DomainError, ErrorKind
from evaluation.models import Dataset, SeededTask
from evaluation.seeding.check import check
from evaluation.seeding.problems import CsvRefused
from evaluation.seeding.reader import Limits
from evaluation.seeding.wiring import wire
from evaluation.services.seeding import upload_seed
from orchestration.models import Run, RunEvent, StepRun
from tests.evaluation.seeding.corpus import BAD, GOOD, TOO_LARGE, Bad
from tests.support.agents import published_agent, published_pipeline

MADE = (Dataset, SeededTask, Run, StepRun, RunEvent, AgentRun)


@pytest.fixture
def uploads(settings, tmp_path):
    """The folder that uploads are kept in."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "datasets"


@pytest.fixture
def pipeline(project, admin, uploads):
    return published_pipeline(admin, project, published_agent(admin), odyssey_seed_columns={"state": True})


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_file_is_refused_where_it_is_bad_and_leaves_nothing(admin, pipeline, uploads, bad: Bad):
    with pytest.raises(DomainError) as refused:
        upload_seed(actor=admin, pipeline=pipeline, file=io.BytesIO(bad.make()), name="tasks.csv")

    (first, *_) = refused.value.details["errors"]
    assert (first["row"], first["column"]) == (bad.row, bad.column)
    assert bad.message in first["message"]
    assert (refused.value.kind is ErrorKind.TOO_LARGE) == (bad.status == TOO_LARGE)
    assert [model for model in MADE if model.objects.exists()] == []
    assert [file for file in uploads.glob("*") if file.is_file()] == []


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_file_is_taken_as_it_is(admin, pipeline, name):
    data, wanted = GOOD[name]

    upload_seed(actor=admin, pipeline=pipeline, file=io.BytesIO(data), name="tasks.csv")

    tasks = SeededTask.objects.order_by("row")
    assert [task.seed["axes"]["user_instruction"] for task in tasks] == wanted


def test_the_largest_file_is_what_the_setting_says(admin, pipeline, settings):
    settings.CALLBOARD_UPLOAD_BYTES = 30_000_000
    dataset = upload_seed(actor=admin, pipeline=pipeline, file=io.BytesIO(b"user\n" + LINE * 25), name="tasks.csv")
    assert dataset.created_rows == 25

    settings.CALLBOARD_UPLOAD_BYTES = 1_000_000
    with pytest.raises(CsvRefused, match="passes 1 MB"):
        upload_seed(actor=admin, pipeline=pipeline, file=io.BytesIO(b"user\n" + LINE * 2), name="tasks.csv")


LINE = b"x" * 999_999 + b"\n"


@pytest.mark.parametrize(
    "endless", [b"x", b'"', b",", b"\n", b"x,", b'"x\n'], ids=["text", "quotes", "commas", "lines", "cells", "open"]
)
def test_memory_stays_bounded_whatever_the_file_is_made_of(endless):
    """No more is held than one record, and a record is no larger than a file may be, even if it is all tiny cells."""
    stream, most = Endless(endless), 500_000
    tracemalloc.start()
    try:
        with pytest.raises(CsvRefused):
            check(stream, wire({}), limits=Limits(file_bytes=most))
        assert tracemalloc.get_traced_memory()[1] < 25 * most
    finally:
        tracemalloc.stop()
    assert stream.given <= most + 2  # where it ends, and once more to be sure


class Endless(io.RawIOBase):
    """A file that never ends. It holds a header first, so that it is read on."""

    def __init__(self, unit: bytes) -> None:
        self._unit = unit
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "the whole file was asked for"
        first = b"user\n" if self.given == 0 else b""
        piece = (first + self._unit * (size // len(self._unit) + 1))[:size]
        self.given += len(piece)
        return piece
