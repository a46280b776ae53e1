import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.display.diff import Kind, compare

LINES = st.lists(st.sampled_from(["a", "b", "c", "def x():", ""]), max_size=12)


def text_of(lines):
    return ["".join(part.text for part in line.parts) for line in lines]


def sides(difference):
    rows = [row for block in difference.blocks for row in block.rows]
    left = text_of(row.left for row in rows if row.left.kind is not Kind.NONE)
    right = text_of(row.right for row in rows if row.right.kind is not Kind.NONE)
    return left, right


@given(LINES, LINES)
def test_both_sides_can_be_read_back_whole(before, after):
    difference = compare("".join(f"{line}\n" for line in before), "".join(f"{line}\n" for line in after))
    assert sides(difference) == (before, after)


@given(LINES, LINES)
def test_one_under_the_other_says_the_same_as_side_by_side(before, after):
    difference = compare("".join(f"{line}\n" for line in before), "".join(f"{line}\n" for line in after))
    lines = [line for block in difference.blocks for line in block.unified]
    assert text_of(line for line in lines if line.kind is not Kind.ADD) == before
    assert text_of(line for line in lines if line.kind is not Kind.DEL) == after


def test_changed_words_are_marked_in_lines_that_are_alike():
    [block] = compare("for line in text.split(x):\n", "for line in text.splitlines(x):\n").blocks
    assert [part.text for part in block.rows[0].right.parts if part.is_changed] == ["splitlines"]


def test_lines_that_have_nothing_in_common_are_not_marked():
    [block] = compare("alpha beta gamma\n", "1 + 2\n").blocks
    assert not any(part.is_changed for part in block.rows[0].right.parts)


def test_far_from_a_change_lines_are_folded():
    same = [f"line {number}" for number in range(40)]
    difference = compare("\n".join([*same, "x"]), "\n".join([*same, "y"]))
    folded, shown = difference.blocks
    assert (folded.is_folded, len(folded.rows)) == (True, 37)
    assert (shown.is_folded, len(shown.rows)) == (False, 4)


def test_it_counts_what_came_and_went():
    difference = compare("a\nb\n", "a\nc\nd\n")
    assert (difference.added, difference.removed) == (2, 1)


def test_long_texts_of_one_repeated_line_differ_only_where_they_do():
    difference = compare("x\n" * 500 + "old\n" + "x\n" * 500, "x\n" * 500 + "new\n" + "x\n" * 500)
    assert (difference.added, difference.removed) == (1, 1)


def test_the_same_text_with_other_line_ends_on_both_sides_does_not_differ():
    assert compare("a\r\nb\r\n", "a\r\nb\r\n").is_empty


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 6_000, "x\ny\n" * 3_000),
        ("a " * 900 + "\n", "a b " * 450 + "\n"),
        (("a " * 190 + "\n") * 800, ("b a " * 95 + "\n") * 800),
    ],
)
def test_texts_made_to_be_slow_are_not(before, after):
    started = time.perf_counter()
    compare(before, after)
    assert time.perf_counter() - started < 10


def test_a_separator_that_an_editor_shows_inside_a_line_does_not_break_it():
    [block] = compare("a\u2028b\n", "a\u2028c\n").blocks
    assert len(block.rows) == 1
