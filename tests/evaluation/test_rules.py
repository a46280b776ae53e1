import pytest

from agents.models import VerdictWord
from evaluation.case import Case
from evaluation.evidence import AgentException, Evidence
from evaluation.field import parse_field
from evaluation.items import Item, Origin
from evaluation.judgement import ruling_of
from evaluation.rules import judge_by_rules


def judge(answer: str | None, *, seed=None, exception=None, **config):
    evidence = Evidence(task="Do it", final_response=answer, exception=exception)
    return judge_by_rules(Case.of(parse_field(config), seed or {}, evidence))


def told(judgement) -> list[tuple[str, bool | None]]:
    return [(item.name, item.passed) for item in judgement.items]


def test_an_answer_and_no_exception_are_always_asked_for():
    judgement = judge("Hello")
    assert told(judgement) == [("Gives an answer", True), ("Raises no exception", True)]
    assert judgement.ruling == (VerdictWord.PASS, "")
    assert judgement.reasoning == "Graded by builtin/rules, with no model: 2 of 2 items were judged, and all passed."


def test_it_says_that_no_model_had_a_part_in_it():
    judgement = judge("Hello")
    assert (judgement.model, judgement.is_rules, judgement.usage.cost) == ("builtin/rules", True, None)


def test_an_exception_is_a_failure_and_not_an_error():
    judgement = judge(None, exception=AgentException("ValueError", "no"))
    assert told(judgement) == [("Gives an answer", False), ("Raises no exception", False)]
    assert judgement.ruling.word == VerdictWord.FAIL


def test_criteria_are_settled_in_their_order_and_none_twice():
    criteria = [{"type": "contains", "value": "Kernel"}, {"type": "non_empty"}, {"type": "contains", "value": "Kernel"}]
    assert told(judge("Hello", criteria=criteria))[2:] == [("Contains “Kernel”", False)]


def test_rubric_lines_are_listed_as_not_judged_and_do_no_harm():
    judgement = judge("Hello", rubric="- Is polite\n- Is short")
    assert [tuple(item) for item in judgement.items[2:]] == [
        ("Is polite", "judge", None, "Not judged: builtin/rules has no model."),
        ("Is short", "judge", None, "Not judged: builtin/rules has no model."),
    ]
    assert judgement.ruling.word == VerdictWord.PASS
    assert judgement.reasoning.endswith("2 of 4 items were judged, and all passed. 2 could not be judged without one.")


@pytest.mark.parametrize(
    ("answer", "word"), [("I can't help with that.", VerdictWord.PASS), ("Done.", VerdictWord.FAIL)]
)
def test_an_expected_refusal_is_graded(answer, word):
    judgement = judge(answer, seed={"expected_outcome": "refusal"})
    assert judgement.items[2].name == "Declines, as the task expects"
    assert judgement.ruling.word == word


def test_a_refusal_that_is_not_expected_is_not_looked_for():
    assert judge("I can't help with that.", seed={"expected_outcome": "completion"}).ruling.word == VerdictWord.PASS


def item(origin: Origin, *, passed: bool | None) -> Item:
    return Item("x", origin, passed, "Because.")


@pytest.mark.parametrize(
    ("items", "trouble", "word"),
    [
        ([(Origin.JUDGE, True), (Origin.PROGRAM, True)], "", VerdictWord.PASS),
        ([(Origin.JUDGE, True), (Origin.PROGRAM, False)], "", VerdictWord.FAIL),
        ([(Origin.JUDGE, None), (Origin.PROGRAM, True)], "", VerdictWord.PASS),
        ([(Origin.PROGRAM, None), (Origin.PROGRAM, True)], "", VerdictWord.UNGRADED),
        ([(Origin.PROGRAM, None), (Origin.PROGRAM, False)], "", VerdictWord.FAIL),
        ([(Origin.JUDGE, None)], "", VerdictWord.UNGRADED),
        ([], "", VerdictWord.UNGRADED),
        ([(Origin.PROGRAM, False)], "The judge gave no answer.", VerdictWord.UNGRADED),
    ],
)
def test_the_verdict_follows_from_the_items(items, trouble, word):
    ruling = ruling_of([item(origin, passed=passed) for origin, passed in items], trouble)
    assert ruling.word == word
    assert bool(ruling.ungraded_reason) == (word == VerdictWord.UNGRADED)
