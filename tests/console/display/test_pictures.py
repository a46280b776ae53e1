import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.display import pictures


@given(st.lists(st.integers(min_value=0, max_value=10**7), min_size=1, max_size=8))
def test_the_parts_of_a_phase_bar_fill_it_and_none_is_too_small(times):
    parts = pictures.phase_parts([{"name": f"p{index}", "duration_ms": time} for index, time in enumerate(times)])
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.1)
    assert min(part.width for part in parts) >= 1.19


def test_a_failed_phase_is_red_and_one_without_a_duration_is_running():
    failed, running = pictures.phase_parts([{"name": "setup", "duration_ms": 5, "failed": True}, {"name": "turns"}])
    assert failed.css == "cb-phase-failed"
    assert (running.css, running.milliseconds) == ("cb-phase-turns", None)


def test_no_phase_makes_no_picture():
    assert pictures.phase_parts([]) == []


@given(st.floats(-10, 200), st.floats(0, 500), st.floats(0, 100))
def test_a_step_never_leaves_its_time_axis(start, duration, total):
    bar = pictures.waterfall(start, duration, total)
    assert bar.x >= 0
    assert bar.x + bar.width <= 100.02


def test_a_histogram_stacks_to_the_height_of_the_fullest_hour():
    full, empty = pictures.histogram([pictures.Hour(passed=3, failed=1), pictures.Hour()], 44)
    assert sum(piece.height for piece in full.pieces) == pytest.approx(44)
    assert empty.pieces == ()


def test_the_span_of_a_filter_covers_the_hours_it_keeps():
    hours = [pictures.Hour(is_inside=index in {2, 3}) for index in range(4)]
    span = pictures.span_inside(pictures.histogram(hours, 44))
    assert span is not None
    assert span.x == 50


def test_a_filter_that_keeps_all_has_no_span():
    assert pictures.span_inside(pictures.histogram([pictures.Hour(), pictures.Hour()], 44)) is None


def test_one_point_makes_a_sparkline_and_none_makes_nothing():
    assert pictures.sparkline([]) is None
    drawing = pictures.sparkline([pictures.Point(0.8)], goal=0.8)
    assert drawing is not None
    assert drawing.line.startswith("M0.0 ")
