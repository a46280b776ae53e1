import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics import wilson


def test_it_agrees_with_a_worked_example():
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81 of 263.
    share = wilson(81, 263)
    assert (round(share.value, 4), round(share.low, 4), round(share.high, 4)) == (0.3080, 0.2553, 0.3662)


@pytest.mark.parametrize(("passed", "low", "high"), [(0, 0.0, 0.2775), (10, 0.7225, 1.0)])
def test_none_and_all_of_ten_leave_room_for_doubt(passed, low, high):
    share = wilson(passed, 10)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_nothing_counted_is_no_share():
    assert wilson(0, 0) is None


@given(st.integers(1, 100_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_lies_between_nothing_and_all_and_holds_what_was_counted(counts):
    share = wilson(*counts)
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1


@given(st.integers(1, 1_000), st.integers(0, 1_000))
def test_more_runs_make_it_narrower(passed, failed):
    total = passed + failed
    assert wilson(passed * 4, total * 4).margin < wilson(passed, total).margin
