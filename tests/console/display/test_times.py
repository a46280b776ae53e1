from datetime import UTC, datetime, timedelta

import pytest

from console.display import times

NOW = datetime(2026, 11, 21, 14, 6, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (2, "just now"),
        (48, "48 s ago"),
        (240, "4 min ago"),
        (3_700, "1 h ago"),
        (3 * 86_400, "3 d ago"),
        (8 * 86_400, "13 Nov"),
        (400 * 86_400, "17 Oct 2025"),
        (-12_000, "in 3 h"),
    ],
)
def test_it_says_how_long_ago_as_a_person_does(seconds, written):
    assert times.ago(NOW - timedelta(seconds=seconds), NOW) == written


def test_a_column_leaves_out_the_ago():
    assert times.ago(NOW - timedelta(minutes=4), NOW, is_short=True) == "4 min"


def test_the_exact_time_has_its_zone():
    assert times.exact(NOW) == "21 Nov 2026, 14:06:31 UTC"
