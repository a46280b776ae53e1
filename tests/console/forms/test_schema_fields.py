import pytest
from django.http import QueryDict

from console.errors import Problem
from console.forms.schema_fields import Control, fields_of, read_fields, read_json, show_problems

SCHEMA = {
    "type": "object",
    "required": ["query", "depth"],
    "properties": {
        "query": {"type": "string", "title": "Question", "description": "what is asked"},
        "depth": {"type": "integer", "default": 2},
        "score": {"type": ["number", "null"]},
        "is_draft": {"type": "boolean"},
        "tone": {"enum": ["calm", "loud", None]},
        "day": {"type": "string", "format": "date"},
        "tags": {"type": "array"},
        "description": {"type": "string"},
        "params": {"type": "object", "properties": {"region": {"type": "string"}}},
    },
}


def sent(**values):
    data = QueryDict(mutable=True)
    data.update(values)
    return data


def by_label(fields):
    return {field.label: field for field in fields}


def test_each_property_becomes_the_control_that_fits_it():
    controls = {".".join(field.path): field.control for field in fields_of(SCHEMA)}
    assert controls == {
        "query": Control.TEXT, "depth": Control.INTEGER, "score": Control.NUMBER, "is_draft": Control.CHECK,
        "tone": Control.CHOICE, "day": Control.DATE, "tags": Control.JSON, "description": Control.LONG,
        "params.region": Control.TEXT,
    }  # fmt: skip


def test_titles_hints_defaults_and_what_is_required_come_along():
    fields = by_label(fields_of(SCHEMA))
    assert (fields["Question"].hint, fields["Question"].is_required) == ("what is asked", True)
    assert (fields["depth"].value, fields["tone"].choices, fields["score"].is_required) == (
        "2",
        ["calm", "loud"],
        False,
    )


def test_values_of_an_earlier_run_stand_in_the_fields():
    fields = by_label(fields_of(SCHEMA, {"query": "why", "tags": ["a"], "params": {"region": "eu"}, "is_draft": True}))
    assert [fields[name].value for name in ("Question", "region", "is_draft")] == ["why", "eu", "on"]
    assert fields["tags"].value == '[\n  "a"\n]'


@pytest.mark.parametrize("schema", [None, {}, {"type": "array"}, {"type": "object"}, {"properties": []}])
def test_a_schema_without_properties_makes_no_form(schema):
    assert fields_of(schema) == []


def test_what_was_typed_comes_back_in_its_type_and_what_was_left_empty_is_left_out():
    fields = fields_of(SCHEMA)
    found, problems = read_fields(
        fields, sent(**{"input-0": " why ", "input-1": "3", "input-2": "0.5", "input-3": "on", "input-6": '["a"]',
                        "input-8-0": "eu"}),
    )  # fmt: skip
    assert problems == []
    assert found == {
        "query": "why", "depth": 3, "score": 0.5, "is_draft": True, "tags": ["a"], "params": {"region": "eu"}
    }  # fmt: skip


def test_what_can_not_be_read_is_said_and_kept():
    fields = fields_of(SCHEMA)
    found, problems = read_fields(fields, sent(**{"input-1": "many", "input-2": "nan", "input-6": "a, b"}))
    assert [problem.path for problem in problems] == [("depth",), ("score",), ("tags",)]
    assert ("depth" in found, by_label(fields)["depth"].value) == (False, "many")


def test_problems_of_the_schema_stand_at_their_fields_whatever_they_are_called_before():
    fields = fields_of(SCHEMA)
    rest = show_problems(
        fields,
        [Problem("Too long.", "input", "query"), Problem("Unknown.", "params", "region"), Problem("Odd.", "else")],
    )
    shown = by_label(fields)
    assert (shown["Question"].problem, shown["region"].problem) == ("Too long.", "Unknown.")
    assert rest == [Problem("Odd.", "else")]


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": NaN}', "nothing"])
def test_an_input_that_is_no_object_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"JSON"):
        read_json(text)
