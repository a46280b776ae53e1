import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.qa_verdicts import read_verdict


def test_a_verdict_is_read_whole():
    said = {"passed": False, "issues": ["No tests"], "feedback": "Add some.", "confidence": "high"}
    assert read_verdict(said).as_json() == said


def test_a_pass_with_issues_is_not_a_pass():
    assert read_verdict({"passed": True, "issues": ["One small thing"]}).passed is False


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("PASS", True),
        ("Overall status: **PASS**", True),
        ("## Verdict: Passed.", True),
        ("PASS WITH NOTES", False),
        ("Overall status: **Pass with comments**", False),
        ("FAIL", False),
        ("Verdict: PASS\nLater, Verdict:\nVerdict: failed", False),
    ],
)
def test_a_line_that_says_nothing_else_is_a_verdict(text, passed):
    assert read_verdict(None, text).passed is passed


@pytest.mark.parametrize(
    "text", ["", "I think it should pass.", "It passes most tests", "PASS, but see below", '{"passed": "yes"}']
)
def test_where_nothing_plain_is_said_there_is_no_verdict(text):
    assert read_verdict(None, text) is None


@pytest.mark.parametrize("said", [{"passed": "true"}, {"passed": 1}, {"passed": None}, {}])
def test_passed_must_be_true_or_false(said):
    assert read_verdict(said) is None


def test_issues_that_are_objects_are_taken_by_their_description():
    said = {"passed": False, "issues": [{"description": "Too slow"}, {"severity": 1}, "", None]}
    assert read_verdict(said).issues == ("Too slow", "{'severity': 1}")


@given(st.text())
def test_no_text_without_the_word_is_ever_a_pass(text):
    if "pass" not in text.lower():
        found = read_verdict(None, text)
        assert found is None or not found.passed
