import pytest
from pydantic import TypeAdapter, ValidationError

from evaluation.criteria import Criterion, CriterionShape
from evaluation.evidence import AgentException, Evidence
from evaluation.seeding.axes import ExpectedOutcome


def criterion(**data) -> CriterionShape:
    return TypeAdapter(Criterion).validate_python(data)


def settle(answer: str | None, expected: ExpectedOutcome | None = None, **data) -> tuple[bool | None, str]:
    return tuple(criterion(**data).settle(Evidence(task="Do it", final_response=answer), expected))


@pytest.mark.parametrize(
    ("data", "answer", "found"),
    [
        ({"type": "non_empty"}, "hi", (True, "The answer has 2 characters.")),
        ({"type": "non_empty"}, " \n", (False, "The answer is blank.")),
        ({"type": "non_empty"}, None, (False, "There is no answer.")),
        ({"type": "contains", "value": "Kernel"}, "The Kernel", (True, "Found at character 5.")),
        ({"type": "contains", "value": "kernel"}, "The Kernel", (False, "Not found in 10 characters.")),
        ({"type": "contains", "value": "kernel", "ignore_case": True}, "The Kernel", (True, "Found at character 5.")),
        ({"type": "contains", "value": "x"}, None, (False, "There is no answer.")),
        ({"type": "equals", "value": "42"}, " 42\n", (True, "The answer is the same.")),
        ({"type": "equals", "value": "YES", "ignore_case": True}, "yes", (True, "The answer is the same.")),
        ({"type": "equals", "value": "42"}, "43", (False, "The answer is “43”.")),
        ({"type": "regex", "value": r"\d{4}"}, "order 4521", (True, "Matches at character 7: “4521”.")),
        ({"type": "regex", "value": "ORDER", "ignore_case": True}, "order", (True, "Matches at character 1: “order”.")),
        ({"type": "regex", "value": "é+"}, "😀éé", (True, "Matches at character 2: “éé”.")),
        ({"type": "regex", "value": "x"}, "abc", (False, "No match in 3 characters.")),
        ({"type": "json_valid"}, '{"a": 1}', (True, "The answer is an object.")),
        ({"type": "json_valid"}, "{'a': 1}",
         (False, "Not valid JSON at character 2: Expecting property name enclosed in double quotes.")),
        ({"type": "json_valid"}, "", (False, "There is no answer.")),
    ],
)  # fmt: skip
def test_it_settles_a_text_and_says_where(data, answer, found):
    assert settle(answer, **data) == found


def test_an_exception_is_found_with_its_words():
    evidence = Evidence(task="", final_response=None, exception=AgentException("ValueError", "no\norder"))
    assert tuple(criterion(type="no_exception").settle(evidence, None)) == (False, "Raised “ValueError: no order”.")


def test_a_pattern_that_would_hang_another_engine_is_settled_at_once():
    assert settle("a" * 200_000 + "!", type="regex", value="(a+)+$") == (False, "No match in 200,001 characters.")


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", r"(a)\1", "a{5000}"])
def test_a_pattern_that_can_not_be_used_is_a_problem(pattern):
    assert criterion(type="regex", value=pattern).problem().startswith("The pattern can't be used: ")


@pytest.mark.parametrize(
    ("schema", "answer", "found"),
    [
        ({"type": "object"}, "{}", (True, "The answer fits.")),
        ({"required": ["id"]}, "{}", (False, "'id' is a required property.")),
        ({"properties": {"a": {"items": {"type": "string"}}}}, '{"a": ["x", 1]}',
         (False, "At a[1]: 1 is not of type 'string'.")),
        ({"type": "object"}, "hello", (False, "Not valid JSON at character 1: Expecting value.")),
    ],
)  # fmt: skip
def test_it_lays_a_json_schema_over_the_answer(schema, answer, found):
    assert settle(answer, type="json_schema", schema=schema) == found


def test_a_json_schema_may_stand_under_value_as_what_others_look_for_does():
    named = criterion(type="json_schema", value={"type": "object"})
    assert named.says_the_same_as(criterion(type="json_schema", schema={"type": "object"}))
    with pytest.raises(ValidationError):
        criterion(type="json_schema", value={}, schema={})


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": 5}, "The schema can't be used: At type: 5 is not valid under any of the given schemas."),
        ({"$ref": "http://127.0.0.1:1/x"}, "The schema can't be used: it refers to http://127.0.0.1:1/x, which it"),
        ({"description": "x" * 30_000}, "The schema is longer than 20,000 characters."),
    ],
)
def test_a_schema_that_can_not_be_used_is_a_problem(schema, problem):
    assert criterion(type="json_schema", schema=schema).problem().startswith(problem)


def test_a_schema_that_takes_for_ever_is_not_judged():
    passed, evidence = settle('"' + "a" * 60 + '!"', type="json_schema", schema={"pattern": "^(a+)+$"})
    assert (passed, evidence) == (None, "Not judged: The schema took too long, or too much memory.")


@pytest.mark.parametrize(
    "answer",
    [
        "I can't help with that.",
        "I\u2019m sorry, but I cannot cancel order 4521.",
        "We are not able to do this without the account holder.",
        "I must respectfully decline.",
        "That would be against company policy.",
        "Order 4521 can't be refunded.",
    ],
)
def test_it_knows_the_usual_words_of_declining(answer):
    assert settle(answer, type="refusal")[0] is True
    assert settle(answer, ExpectedOutcome.COMPLETION, type="refusal")[0] is False


@pytest.mark.parametrize(
    "answer", ["Order 4521 is cancelled.", "I can't believe it worked: done.", "x" * 700 + "I can't do it"]
)
def test_other_answers_do_not_decline(answer):
    assert settle(answer, type="refusal")[0] is False
    assert settle(answer, ExpectedOutcome.COMPLETION, type="refusal")[0] is True


def test_no_answer_neither_declines_nor_completes():
    assert settle(None, ExpectedOutcome.REFUSAL, type="refusal") == (False, "There is no answer.")
    assert settle(None, ExpectedOutcome.COMPLETION, type="refusal") == (False, "There is no answer.")


@pytest.mark.parametrize("data", [{"type": "vibes"}, {"type": "contains"}, {"type": "equals", "value": "x", "more": 1}])
def test_other_shapes_are_refused(data):
    with pytest.raises(ValidationError):
        criterion(**data)


def test_a_name_of_its_own_stands_for_the_sentence():
    assert criterion(type="contains", value="x" * 100).title == f"Contains “{'x' * 60}…”"
    assert criterion(type="contains", value="x", name="Names the kernel").title == "Names the kernel"
