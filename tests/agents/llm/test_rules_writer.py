"""`builtin/rules` as a writer: deterministic, labelled, and by the schema that is asked for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.rules import LABEL, CanNotWrite, written
from agents.schemas import value_problems

VERDICT = {
    "type": "object",
    "required": ["passed", "issues", "feedback", "confidence"],
    "properties": {
        "passed": {"type": "boolean"},
        "issues": {"type": "array", "items": {"type": "string"}},
        "feedback": {"type": "string", "minLength": 1, "maxLength": 80},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
}
HANDOFF = {
    "type": "object",
    "required": ["decisions", "artifacts", "openQuestions", "summary"],
    "properties": {
        "decisions": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/decision"}},
        "artifacts": {"type": "array", "items": {"type": "object"}},
        "openQuestions": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "summary": {"type": "string"},
    },
    "$defs": {
        "decision": {
            "type": "object",
            "required": ["decision", "rationale"],
            "properties": {"decision": {"type": "string"}, "rationale": {"type": "string"}},
        }
    },
}


def test_its_text_says_what_it_is_what_was_asked_and_what_was_given():
    text = written("Summarize the report.", "Sales rose.").text
    assert text == f"{LABEL} Asked to: Summarize the report.\nGiven: Sales rose."


@given(st.text(max_size=2_000), st.text(max_size=2_000))
def test_it_writes_the_same_every_time_and_never_much(instructions, message):
    first = written(instructions, message).text
    assert first == written(instructions, message).text
    assert first.startswith(LABEL)
    assert len(first) < 800


def test_what_it_wrote_before_does_not_pile_up_labels():
    once = written("Write.", "A story").text
    assert written("Go on.", once).text.count(LABEL) == 1


def test_a_verdict_is_passed_unless_the_message_holds_the_word_fail():
    assert written("Check.", "The build is fine.", VERDICT).data["passed"] is True
    failed = written("Check.", "One test: FAIL", VERDICT).data
    assert (failed["passed"], len(failed["issues"])) == (False, 1)
    assert written("Check.", "FAILURE is another word.", VERDICT).data["passed"] is True


@pytest.mark.parametrize(
    "schema",
    [
        VERDICT,
        HANDOFF,
        {},
        {"properties": {"a": {"const": 3}, "b": {"enum": ["x", "y"]}}},
        {"properties": {"a": {"type": ["integer", "null"], "exclusiveMinimum": 4}}},
        {"properties": {"a": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}},
        {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "array", "minItems": 2}}}]},
        {"required": ["anything"]},
        {"properties": {"a": {"type": "string", "pattern": "^[a-z]+$"}, "b": {"type": "string", "minLength": 400}}},
        {"properties": {"a": {"type": "integer", "maximum": -3}}},
    ],
)
def test_its_object_fits_the_schema(schema):
    assert value_problems(schema, written("Do.", "it", schema).data) == []


def test_a_schema_that_refers_to_itself_is_filled_as_far_as_it_must_be():
    tree = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "in": {"$ref": "#"}}}
    assert written("Do.", "it", tree).data == {"name": f"{LABEL} it"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": "string", "pattern": "^[0-9]{7}-[a-z]{3}$"}}},
        {"required": ["a"], "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"not": {}}}},
    ],
)
def test_it_says_so_where_it_can_not_make_an_object(schema):
    with pytest.raises(CanNotWrite, match="builtin/rules can't answer by this output schema"):
        written("Do.", "it", schema)


def test_its_objects_are_json():
    assert json.loads(json.dumps(written("Do.", "it", HANDOFF).data)) == written("Do.", "it", HANDOFF).data
