import contextlib
import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.seeding.problems import CsvRefused, CsvTooLarge
from evaluation.seeding.reader import Limits, read

#: Everything PostgreSQL can keep: no NUL and no half characters.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def rows_of(data: bytes, **limits) -> list[list[str]]:
    return [row.cells for row in read(io.BytesIO(data), Limits(**limits)).rows]


def refusal(data: bytes, **limits) -> tuple[int | None, str | None, str]:
    with pytest.raises(CsvRefused) as caught:
        rows_of(data, **limits)
    return tuple(caught.value.problem)


@given(
    table=st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8)
    ),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.sampled_from(["", "\ufeff"]),
    is_quoted=st.booleans(),
)
def test_any_table_that_pythons_writer_writes_reads_back(table, ending, mark, is_quoted):
    width = len(table[0]) if table else 1
    # Left to itself the writer quotes only its own line ending, and another one in a cell would tear the row.
    has_endings = any(char in cell for row in table for cell in row for char in "\r\n")
    quoting = csv.QUOTE_ALL if is_quoted or has_endings else csv.QUOTE_MINIMAL
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=ending, quoting=quoting)
    writer.writerows([[f"column {place}" for place in range(width)], *table])
    assert rows_of((mark + written.getvalue()).encode()) == table


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(CsvRefused):
        rows_of(data)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_it_takes_any_line_ending_and_a_quoted_one_as_text(ending):
    assert rows_of(f'user{ending}"two{ending}lines"{ending}one'.encode()) == [[f"two{ending}lines"], ["one"]]


def test_blank_lines_count_as_rows_of_the_file_and_are_left_out():
    rows = read(io.BytesIO(b"\nuser\na\n\nb\n\n")).rows
    assert [(row.number, row.cells) for row in rows] == [(1, ["a"]), (3, ["b"])]


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf"])
def test_it_refuses_an_empty_file(data):
    assert refusal(data) == (None, None, "The file is empty.")


def test_it_says_where_a_quote_never_closes():
    row, column, message = refusal(b'user,state\nfine,"{}"\nbad,"{\nmore,rows\n')
    assert (row, column) == (2, "state")
    assert message.startswith("A quote opens here and never closes.")


def test_it_says_where_text_follows_a_closing_quote():
    row, column, message = refusal(b'user,state,more\nbad,"a"b,"c,d"\n')
    assert (row, column) == (1, "state")
    assert message.startswith("Text follows a closing quote.")


@pytest.mark.parametrize(
    ("data", "guess"),
    [("user\ncafé".encode("utf-16"), "UTF-16"), ("user\nx".encode("utf-16-le"), "UTF-16"), (b"PK\x03\x04", "Excel")],
)
def test_it_names_what_the_file_is_when_it_is_not_utf_8(data, guess):
    row, _, message = refusal(data)
    assert row is None
    assert guess in message
    assert message.endswith('Save it as "CSV UTF-8".')


@pytest.mark.parametrize(("text", "codec"), [("café", "latin-1"), ("“quoted”", "cp1252")])
def test_it_says_which_cell_is_not_utf_8_and_guesses_the_encoding(text, codec):
    row, column, message = refusal(b'id,user\n1,fine\n2,"a\nb"\n3,' + text.encode(codec) + b"\n")
    assert (row, column) == (3, "user")
    assert "is not UTF-8" in message
    assert "Windows-1252" in message


def test_it_refuses_two_columns_of_one_name_however_they_are_typed():
    decomposed = "Cafe\u0301"
    assert refusal(f"user,Café,{decomposed.lower()} \na,b,c".encode())[0] == 0
    assert refusal(b"user,User\na,b") == (0, "User", "Two columns are named 'User'. Rename one.")


def test_columns_without_a_name_are_let_pass():
    assert rows_of(b"user,,\na,,\n") == [["a", "", ""]]


def test_it_refuses_too_many_columns():
    header = ",".join(f"c{number}" for number in range(10_000)).encode()
    assert refusal(header) == (0, None, "The file has 10,000 columns. Use at most 500.")


def test_it_refuses_too_many_rows():
    row, _, message = refusal(b"user\n" + b"a\n" * 11, rows=10)
    assert (row, message) == (11, "The file has more than 10 rows. Split it into several.")


@pytest.mark.parametrize("cell", [b"x" * 3_000_000, b'"' + b"x\n" * 1_500_000])
def test_a_file_that_is_too_large_is_refused_where_it_is_too_large(cell):
    with pytest.raises(CsvTooLarge) as caught:
        rows_of(b"id,user\n1,fine\n2," + cell, file_bytes=2_000_000)
    assert caught.value.problem == (2, "user", "The file passes 2 MB here. Split it into several.")


def test_a_ragged_row_is_a_problem_of_that_row_alone():
    rows = list(read(io.BytesIO(b"user,state\na\nb,{}\nc,{},d\n")).rows)
    assert [[problem.message for problem in row.problems] for row in rows] == [
        ["The row has 1 cell, and the header 2."],
        [],
        ["The row has 3 cells, and the header 2."],
    ]


def test_nul_and_too_large_cells_are_problems_with_row_and_column():
    rows = list(read(io.BytesIO(b"id,user\n1,a\0b\n2," + b"x" * 20), Limits(cell_characters=10)).rows)
    assert [tuple(row.problems[0]) for row in rows] == [
        (1, "user", "The cell holds the character NUL."),
        (2, "user", "The cell is larger than 1 MB."),
    ]


def test_it_holds_one_row_at_a_time():
    data = io.BytesIO(b"user\n" + (b"x" * 2_000 + b"\n") * 5_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(data).rows) == 5_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
