"""Rules that would hold a worker or a page up, in the worker and where they are checked before."""

import json
import time

import pytest

from orchestration.expressions import BadExpression, check, evaluate

MOST_SECONDS = 10


def nested(operator: str, depth: int) -> object:
    rule: object = {"var": "a"}
    for _ in range(depth):
        rule = {operator: [rule]}
    return rule


def doubling(rounds: int) -> object:
    both = {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}
    return {"reduce": [list(range(rounds)), both, "x"]}


NEVER_GOOD = [
    nested("!", 65),
    nested("!!", 100_000),
    nested("and", 5_000),
    {"cat": ["x" * 70_000]},
    {"in": ["a", ["x" * 80_000]]},
    {"no such operator": [1]},
    {"__import__": ["os"]},
    {"method": [{"var": "a"}, "format", []]},
]


@pytest.mark.parametrize("rule", NEVER_GOOD)
def test_what_can_never_be_evaluated_is_refused_before_any_run(rule):
    began = time.monotonic()
    assert check(rule) != []
    assert time.monotonic() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "rule",
    [
        *NEVER_GOOD,
        doubling(60),
        {"reduce": [list(range(60)), {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1]]},
        {"map": [list(range(400)), {"map": [list(range(400)), {"map": [list(range(400)), {"var": ""}]}]}]},
        {"%": ["%1000000000d", 1]},
        {"*": ["x", 1_000_000_000]},
    ],
)
def test_a_hostile_rule_ends_soon_in_a_clear_error(rule):
    began = time.monotonic()
    with pytest.raises(BadExpression) as raised:
        evaluate(rule, {"a": 1})
    assert time.monotonic() - began < MOST_SECONDS
    assert 0 < len(str(raised.value)) < 2_000


@pytest.mark.parametrize("path", ["__class__", "__class__.__mro__", "a.__init__.__globals__", "constructor"])
def test_a_path_reads_data_and_nothing_behind_it(path):
    assert evaluate({"var": path}, {"a": {"b": 1}}) is None


def test_a_very_long_text_is_searched_soon():
    began = time.monotonic()
    assert evaluate({"in": ["b", {"var": "text"}]}, {"text": "a" * 5_000_000}) is False
    assert time.monotonic() - began < MOST_SECONDS


def test_a_rule_that_is_good_stays_good_however_often_it_is_read():
    rule = {"if": [{">": [{"var": "score"}, 0.8]}, "high", "low"]}
    assert {evaluate(json.loads(json.dumps(rule)), {"score": 0.9}) for _ in range(100)} == {"high"}
