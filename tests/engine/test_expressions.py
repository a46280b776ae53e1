import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.expressions import BadExpression, check, evaluate, label, parse_path, read_path

OWN_CASES = [
    ({"==": [{"var": "a"}, 1]}, {"a": 1}, True),
    ({"if": [{">": [{"var": "score"}, 0.8]}, "high", "low"]}, {"score": 0.9}, "high"),
    ({"and": [{"var": "a"}, {"var": "b"}]}, {"a": 0, "b": 1}, 0),
    ({"var": ["missing", "a default"]}, {}, "a default"),
    ({"map": [{"var": "xs"}, {"*": [{"var": ""}, 2]}]}, {"xs": [1, 2]}, [2, 4]),
    ({"in": ["b", {"var": "word"}]}, {"word": "abc"}, True),
    ({"cat": ["a", {"var": "b"}]}, {"b": "c"}, "ac"),
    ({"var": "__class__"}, {"a": 1}, None),
    ({"missing": ["a", "b"]}, {"a": 1}, ["b"]),
    ({"!": [{"var": "a"}]}, {"a": []}, True),
    ({"!!": [{"var": "a"}]}, {"a": "0"}, True),
    ({"or": [{"var": "a"}, {"var": "b"}, "last"]}, {"a": None, "b": ""}, "last"),
    ({"<": [1, {"var": "a"}, 3]}, {"a": 2}, True),
    ({"===": [{"var": "a"}, "1"]}, {"a": 1}, False),
    ({"var": "a.0.b"}, {"a": [{"b": "c"}]}, "c"),
    ({"var": ""}, {"a": 1}, {"a": 1}),
    ({"filter": [{"var": "xs"}, {">": [{"var": "n"}, 1]}]}, {"xs": [{"n": 1}, {"n": 2}]}, [{"n": 2}]),
    ({"reduce": [{"var": "xs"}, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 0]}, {"xs": [1, 2, 3]}, 6),
    ({"some": [{"var": "xs"}, {"==": [{"var": ""}, "b"]}]}, {"xs": ["a", "b"]}, True),
    ({"none": [{"var": "xs"}, {"var": ""}]}, {"xs": [0, ""]}, True),
    ({"all": [{"var": "xs"}, {"var": ""}]}, {"xs": []}, False),
    ({"merge": [[1], [2, [3]]]}, {}, [1, 2, [3]]),
    ({"in": ["a", ["a", "b"]]}, {}, True),
    ({"substr": ["jsonlogic", -5, 3]}, {}, "log"),
    ({"missing_some": [1, ["a", "b"]]}, {"a": 1}, []),
    ({"max": [1, {"var": "a"}]}, {"a": 7}, 7),
    ({"if": [False, 1, {"var": "no"}, 2, "else"]}, {}, "else"),
]


def _baseline_cases() -> list[dict]:
    """Return the published compatibility cases where they are at hand beside the project."""
    file = Path(os.environ.get("CALLBOARD_SHARED", "../shared")) / "data/jsonlogic/compatible.json"
    return [case for case in json.loads(file.read_text()) if isinstance(case, dict)] if file.exists() else []


@pytest.mark.parametrize(("rule", "data", "result"), OWN_CASES)
def test_a_rule_gives_its_value(rule, data, result):
    assert evaluate(rule, data) == result


@pytest.mark.skipif(not _baseline_cases(), reason="THE BASELINE CASES OF JSON LOGIC ARE NOT HERE: not checked")
def test_the_baseline_of_json_logic_holds():
    cases = _baseline_cases()
    wrong = [
        c for c in cases if (r := evaluate(c["rule"], c.get("data"))) != c["result"] or type(r) is not type(c["result"])
    ]
    assert len(cases) == 278
    assert wrong == []


def _nested(depth: int) -> object:
    rule: object = {"var": "a"}
    for _ in range(depth):
        rule = {"!": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        (_nested(100_000), {}),
        ({"reduce": [{"var": "xs"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "x"]}, {"xs": [1] * 60}),
        ({"no such operator": [1]}, {}),
        ({"-": ["x", 1]}, {}),
        ({"cat": ["x" * 70_000]}, {}),
    ],
)
def test_a_hostile_rule_ends_in_a_clear_error(rule, data):
    with pytest.raises(BadExpression):
        evaluate(rule, data)


def test_checking_names_an_unknown_operator():
    assert "vra" in check({"vra": "x"})[0]
    assert check({"var": "x"}) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(-9, 9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["var", "+", "if", "map", "x"]), inner, max_size=2)
        ),
        max_leaves=10,
    )
)
def test_any_data_as_a_rule_gives_a_value_or_a_clear_error(rule):
    try:
        evaluate(rule, {"a": 1})
    except BadExpression:
        assert True
    else:
        json.dumps(evaluate(rule, {"a": 1}))


@pytest.mark.parametrize(("value", "text"), [(True, "true"), ("high", "high"), (3, "3"), (None, "null")])
def test_labels_are_text(value, text):
    assert label(value) == text


def test_paths_are_read_in_both_spellings():
    data = {"a": {"b": [10, 20]}}
    assert read_path("$.a.b.1", data) == read_path("state.a.b.1", data) == 20
    assert read_path("$.a.x.y", data) is None
    assert read_path("$", data) == data


@pytest.mark.parametrize("path", ["a.b", "$.a..b", "", "state."])
def test_a_path_that_is_none_is_refused(path):
    with pytest.raises(BadExpression):
        parse_path(path)
