import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.seeding.check import check
from evaluation.seeding.export import csv_line, csv_safe
from evaluation.seeding.template import template
from evaluation.seeding.wiring import wire


@pytest.mark.parametrize(
    "wiring",
    [wire({}), wire({"user": "prompt", "state": True, "failure_rules": True, "expected_outcome": True}, ["invoice"])],
)
def test_the_template_is_a_file_that_seeds(wiring):
    report = check(io.BytesIO(template(wiring).encode()), wiring)
    assert (report.rows, report.good_rows, report.absent) == (1, 1, ())


@pytest.mark.parametrize(
    "text", ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "\uff1d1+2", "\uff20x"]
)
def test_a_text_that_could_be_a_formula_goes_out_behind_an_apostrophe(text):
    assert csv_safe(text) == f"'{text}"


@pytest.mark.parametrize(("value", "written"), [(-5, "-5"), (Decimal("-0.5"), "-0.5"), (None, ""), ("a=1", "a=1")])
def test_numbers_and_other_texts_go_out_as_they_are(value, written):
    assert csv_safe(value) == written


def test_a_formula_that_breaks_out_of_its_quotes_is_kept_in():
    assert csv_line(['=1+2";=1+2', -5]) == '"\'=1+2"";=1+2","-5"\r\n'


@given(cells=st.lists(st.text(max_size=20), min_size=1))
def test_no_cell_of_a_line_begins_a_formula(cells):
    (read,) = csv.reader(io.StringIO(csv_line(cells), newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in read)
