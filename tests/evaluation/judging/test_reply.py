import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.structured import read
from evaluation.judging.questions import Question
from evaluation.judging.reply import JudgeReply, items_of, reply_problem

QUESTIONS = (Question("item_1", "Is polite"), Question("item_2", "Is short"))


def answer(item_id: str, *, passed=True, step=None, evidence="So it is.") -> dict:
    return {"id": item_id, "evidence": evidence, "step": step, "passed": passed}


def reply(*items: dict) -> str:
    return json.dumps({"reasoning": "Because.", "items": items})


def problem(text: str) -> str:
    return read(text, JudgeReply, lambda value: reply_problem(value, QUESTIONS))[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (reply(answer("item_1"), answer("item_2")), ""),
        (reply(answer("item_1")), "Not answered: item_2."),
        (reply(), "Not answered: item_1, item_2."),
        (reply(answer("item_1"), answer("item_2"), answer("item_1")), "Answered more than once: item_1."),
        (reply(answer("item_1"), answer("item_2"), answer("item_3")), "Not asked: item_3."),
        (reply({"id": "item_1", "evidence": ""}, answer("item_2")), "items.0.passed: Field required."),
        ('{"items": []}', "reasoning: Field required."),
        ("They are all fine.", "It holds no JSON object."),
    ],
)
def test_a_reply_is_used_only_if_it_answers_every_question_once(text, told):
    assert problem(text) == told


def test_the_answers_come_in_the_order_of_the_questions():
    value = JudgeReply.model_validate_json(reply(answer("item_2", passed=False, step=3), answer("item_1", step=9)))
    assert [tuple(item) for item in items_of(value, QUESTIONS, step_count=4)] == [
        ("Is polite", "judge", True, "So it is. (It names step 9, and there is no such step.)"),
        ("Is short", "judge", False, "So it is. (Step 3)"),
    ]


@given(
    ids=st.lists(st.sampled_from(["item_1", "item_2", "item_3"])),
    passed=st.lists(st.sampled_from([True, False, None, "yes", "maybe", 0, 2, {}]), min_size=10, max_size=10),
)
def test_no_reply_gets_by_with_a_question_left_open(ids, passed):
    items = [answer(item_id, passed=value) for item_id, value in zip(ids, passed, strict=False)]
    value, told = read(reply(*items), JudgeReply, lambda value: reply_problem(value, QUESTIONS))
    assert (value is None) == bool(told)
    if value is not None:
        assert sorted(ids) == ["item_1", "item_2"]
        assert all(isinstance(item.passed, bool) for item in value.items)


@given(text=st.text(max_size=100) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_any_text_is_read_or_refused(text):
    value, told = read(text, JudgeReply, lambda value: reply_problem(value, QUESTIONS))
    assert (value is None) == bool(told)
