import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.seeding.place import column_at


@pytest.mark.parametrize(
    ("text", "column"),
    [("", 1), ("a", 1), ("a,", 2), ("a,b\n", 2), ('"a,b",c', 2), ('"a""b,c",d', 2), ('x,"a', 2), ('x,"a"b,c', 2)],
)
def test_it_counts_the_columns_up_to_the_end_of_the_text(text, column):
    assert column_at(text) == column


@given(cells=st.lists(st.text('a,"\n\r', max_size=5), min_size=1, max_size=5))
def test_a_whole_record_ends_in_its_last_column(cells):
    record = io.StringIO(newline="")
    csv.writer(record).writerow(cells)
    assert column_at(record.getvalue()) == len(cells)
