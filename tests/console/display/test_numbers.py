from decimal import Decimal

import pytest

from console.display import numbers


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (None, numbers.NOTHING),
        (0, "0 ms"),
        (40, "40 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (4_600, "4.6 s"),
        (9_960, "10 s"),
        (52_000, "52 s"),
        (59_600, "1 m 00 s"),
        (318_000, "5 m 18 s"),
        (3_599_600, "1 h 00 m"),
        (12_000_000, "3 h 20 m"),
        (266_400_000, "3 d 02 h"),
    ],
)
def test_it_writes_a_duration_in_the_unit_that_fits(milliseconds, written):
    assert numbers.duration(milliseconds) == written


@pytest.mark.parametrize(
    ("dollars", "written"),
    [
        (None, numbers.NOTHING),
        (0, "$0.000"),
        (Decimal("0.412"), "$0.412"),
        (Decimal("0.0001"), "<$0.001"),
        (1234.5, "$1,234.50"),
    ],
)
def test_it_tells_a_free_cost_from_an_unknown_one(dollars, written):
    assert numbers.cost(dollars) == written


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (1, "1 byte"),
        (312, "312 bytes"),
        (1_200, "1.2 KB"),
        (200_000, "200 KB"),
        (999_960, "1 MB"),
        (18_200_000, "18.2 MB"),
    ],
)
def test_it_writes_a_size_in_the_unit_that_fits(size, written):
    assert numbers.byte_size(size) == written


def test_it_writes_one_thing_and_many_things():
    assert (numbers.plural(1, "run"), numbers.plural(1284, "run")) == ("1 run", "1,284 runs")
