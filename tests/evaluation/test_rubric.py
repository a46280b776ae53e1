import pytest

from evaluation.items import Item, Origin, failure_mode
from evaluation.rubric import questions, rubric_problem


def test_each_line_is_a_question_without_its_bullet_or_number():
    rubric = "- Names the kernel\n\n 2) Is polite\r\n* - [ ] Cites a source\n(3) Is short\n1.5 kg is mentioned\n"
    assert questions(rubric) == (
        "Names the kernel",
        "Is polite",
        "Cites a source",
        "Is short",
        "1.5 kg is mentioned",
    )


@pytest.mark.parametrize(
    ("rubric", "problem"),
    [
        ("Is polite\n" * 50, None),
        ("Is polite\n" * 51, "The rubric has 51 lines. Use at most 50."),
        ("é" * 11_000, "The rubric is longer than 20 KB."),
    ],
)
def test_a_rubric_has_a_limit(rubric, problem):
    assert rubric_problem(rubric) == problem


def test_the_failure_mode_is_the_first_failed_item_in_a_few_words():
    items = [
        Item("Is polite", Origin.JUDGE, None, "Not judged."),
        Item("Names the kernel", Origin.JUDGE, passed=False, evidence="x" * 300),
        Item("Is short", Origin.JUDGE, passed=False, evidence=""),
    ]
    assert failure_mode(items) == f"Names the kernel: {'x' * 236}…"
    assert failure_mode(items[:1]) == ""
