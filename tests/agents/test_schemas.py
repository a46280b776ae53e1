"""What does not fit a JSON Schema, and schemas that would take for ever."""

import pytest

from agents.schemas import schema_problems, value_problems

SCHEMA = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {"type": "string", "pattern": "^[a-z]+$"},
        "tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
    },
    "patternProperties": {"^x_": {"type": "integer"}},
    "additionalProperties": False,
}


def paths(value, schema=None):
    return [problem.dotted_path for problem in value_problems(schema or SCHEMA, value, "input")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"query": "abc", "tags": ["a"], "x_1": 1}, []),
        ({}, ["input.query"]),
        ({"query": "ABC"}, ["input.query"]),
        ({"query": "abc", "tags": ["a", 1]}, ["input.tags.1"]),
        ({"query": "abc", "tags": ["a", "a"]}, ["input.tags"]),
        ({"query": "abc", "x_1": "one"}, ["input.x_1"]),
        ({"query": "abc", "more": 1}, ["input.more"]),
        ([], ["input"]),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(value, found):
    assert paths(value) == found


def test_a_schema_may_refer_to_its_own_parts():
    schema = {"$defs": {"word": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/word"}}}
    assert schema_problems(schema) == []
    assert paths({"a": 1}, schema) == ["input.a"]


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "strin"}, "type"),
        ({"properties": {"a": {"pattern": "("}}}, "properties.a.pattern"),
        ({"patternProperties": {"(?=a)": {}}}, "patternProperties.(?=a)"),
        ({"$ref": "https://example.com/schema.json"}, "$ref"),
        ({"required": "all"}, "required"),
    ],
)
def test_a_schema_that_can_t_be_used_is_told_with_its_place(schema, place):
    assert [problem.dotted_path for problem in schema_problems(schema)] == [place]


def test_patterns_and_leftovers_at_once_are_refused_since_they_would_be_matched_by_another_engine():
    assert schema_problems({"patternProperties": {"a": {}}, "allOf": [{"unevaluatedProperties": False}]})


def test_what_is_data_is_not_taken_for_a_schema():
    assert schema_problems({"const": {"pattern": "("}, "default": {"$ref": "x"}, "enum": [{"pattern": "("}]}) == []


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (
            {
                "$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)} | {"a60": {}},
                "$ref": "#/$defs/a0",
            },
            "takes too long",
        ),
        ({"$ref": "#"}, "refers to itself without end"),
        ({"$ref": "#/$defs/nowhere"}, "does not hold"),
        ({"$ref": "https://example.com/schema.json"}, "does not hold"),
        ({"pattern": "("}, "can't be used"),
    ],
)
def test_a_hostile_schema_ends_in_a_problem_that_says_so(schema, sentence):
    (found,) = value_problems(schema, "text", "input")
    assert sentence in found.message
    assert found.dotted_path == "input"


def test_a_pattern_takes_time_in_proportion_to_the_text():
    assert paths("a" * 50_000, {"pattern": "^(a+)+$b"}) == ["input"]


def test_a_long_list_of_what_does_not_fit_is_cut():
    assert len(paths([*range(100)], {"items": {"type": "string"}})) == 20
