import pytest

from orchestration.dialects.nodes.labels import labels_of_rule
from orchestration.expressions import label


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (1.0, "1"), (1.5, "1.5"), (None, "null"), ([1, None, "a"], "1,,a"), ({"a": 1}, '{"a": 1}')],
)
def test_a_label_is_the_text_of_a_value_however_it_was_computed(value, text):
    assert label(value) == text


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("high", {"high"}),
        (1, {"1"}),
        ({">": [{"var": "a"}, 1]}, {"true", "false"}),
        ({"if": [{"var": "a"}, "x", "y"]}, {"x", "y"}),
        ({"if": [{"var": "a"}, "x"]}, {"x", "null"}),
        ({"if": [{"var": "a"}, "x", {"var": "b"}, "y", {"!": [1]}]}, {"x", "y", "true", "false"}),
        ({"if": []}, {"null"}),
        ({"if": [{"var": "a"}, {"var": "b"}, "y"]}, None),
        ({"var": "a"}, None),
        (["x"], None),
    ],
)
def test_the_labels_of_a_rule_are_foretold_as_far_as_it_tells_them(rule, labels):
    assert labels_of_rule(rule) == labels
