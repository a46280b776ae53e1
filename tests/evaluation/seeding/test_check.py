import io

import pytest

from evaluation.seeding.check import check, frozen_rows
from evaluation.seeding.problems import CsvRefused
from evaluation.seeding.wiring import Wiring, wire

EVERYTHING = wire(
    {"behavior": True, "state": True, "failure_rules": True, "expected_outcome": True}, fields=["invoice"]
)
HEADER = "user,behavior,state,failure_rules,expected_outcome,invoice\n"


def report(text: str, wiring: Wiring = EVERYTHING, **options):
    return check(io.BytesIO(text.encode()), wiring, **options)


def errors(text: str) -> list[tuple]:
    return [tuple(error) for error in report(text).errors]


def test_a_row_becomes_the_seed_that_is_kept():
    row = 'Do it,Be strict,"{""order"": {}}","[{""trigger"": ""x""}]",Refusal,INV-1\n'
    (frozen,) = frozen_rows(io.BytesIO((HEADER + row).encode()), EVERYTHING)
    assert frozen == (1, {
        "user_instruction": "Do it", "behavior_instructions": "Be strict", "initial_state": {"order": {}},
        "failure_rules": [{"trigger": "x"}], "expected_outcome": "refusal", "columns": {"invoice": "INV-1"},
    }, ())  # fmt: skip


def test_blank_axes_are_left_out_of_the_seed():
    (frozen,) = frozen_rows(io.BytesIO(b"user,state\n=1+1, \n"), wire({"state": True}))
    assert frozen.seed == {"user_instruction": "=1+1"}


def test_a_file_with_a_header_alone_is_refused():
    with pytest.raises(CsvRefused, match=r"The file has a header and no rows\."):
        report(HEADER)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("{'a': 1}", "Not valid JSON at character 2: Expecting property name enclosed in double quotes."),
        ("[1]", 'Write a JSON object, such as {"order": {"4521": {"status": "open"}}}.'),
        ('{"a": NaN}', "NaN is not a number in JSON."),
        ('{"a": 1e999}', "The number 1e999 is too large."),
        ('{"a": "\\u0000"}', "The text holds the character NUL, which can't be stored."),
        ('{"a": "\\ud800"}', "The text holds half of a character (a lone surrogate), which can't be stored."),
        ('{"a": 1, "a": 2}', "The key 'a' stands twice in one object."),
        ('{"a":' * 65 + "1" + "}" * 65, "Nested more than 64 levels deep."),
        ('{"a":' * 100_000, "Nested more than 64 levels deep."),
        (f'{{"a": {"1" * 5_000}}}', "A number has more than 4,300 digits."),
    ],
)
def test_json_that_cannot_be_kept_is_refused_with_the_reason(cell, message):
    quoted = cell.replace('"', '""')
    assert errors(f'{HEADER}Do it,,"{quoted}",,,\n') == [(1, "state", message)]


def test_each_problem_of_a_row_is_named():
    assert errors(f'{HEADER} ,,,"[1]",maybe,\nfine,,,,,\n') == [
        (1, "user", "It is blank. Write what the agent is asked to do."),
        (1, "failure_rules", "Write a JSON array of objects."),
        (1, "expected_outcome", "Write completion or refusal."),
    ]


def test_good_rows_are_counted_and_at_most_a_thousand_errors_are_kept():
    found = report("user,note\n" + "x\n" * 1_500 + "a,b\n" * 10, wire({}))
    assert (found.rows, found.good_rows, found.error_count, len(found.errors)) == (1_510, 10, 1_500, 1_000)


def test_the_preview_shows_the_first_rows_with_each_cells_problem():
    found = report("user,state,note\nfine,{},x\nfine,{,x\nshort\n" + "a,,\n" * 5, wire({"state": True}), preview_rows=3)
    assert [(row.number, row.problem) for row in found.preview] == [
        (1, ""),
        (2, ""),
        (3, "The row has 1 cell, and the header 3."),
    ]
    assert [bool(cell.problem) for cell in found.preview[1].cells] == [False, True, False]


def test_every_column_says_what_it_feeds():
    found = report("note,user,invoice\na,b,c\n", wire({"state": True}, fields=["invoice"]))
    assert [tuple(column) for column in found.columns] == [
        ("note", "ignored", ""),
        ("user", "axis", "user"),
        ("invoice", "field", "invoice"),
    ]
    assert found.absent == ("state",)


def test_long_cells_are_cut_in_the_preview_alone():
    found = report(f"user\n{'x' * 10_000}\n", wire({}))
    assert len(found.preview[0].cells[0].text) == 500
