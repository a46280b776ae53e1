"""What the judge answers: its form, what makes it usable, and what it says of each question."""

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel

from evaluation.items import Item, Origin
from evaluation.judging.questions import Question

_LONGEST_EVIDENCE = 1_000
_MOST_NAMED = 10


class ItemAnswer(BaseModel):
    """One question's answer. The evidence comes before `passed`, so that it is not made up to fit."""

    id: str
    evidence: str = ""
    step: int | None = None
    passed: bool


class JudgeReply(BaseModel):
    """Reasoning first, then every question answered once."""

    reasoning: str
    items: list[ItemAnswer]


def reply_problem(reply: JudgeReply, questions: Sequence[Question]) -> str:
    """Return why a reply can't be used, for the judge to put right, or nothing where it can."""
    asked = [question.id for question in questions]
    given = Counter(item.id for item in reply.items)
    unknown = [item_id for item_id in given if item_id not in asked]
    missing = [item_id for item_id in asked if item_id not in given]
    twice = [item_id for item_id, count in given.items() if count > 1]
    complaints = ((missing, "Not answered"), (twice, "Answered more than once"), (unknown, "Not asked"))
    return " ".join(f"{what}: {', '.join(ids[:_MOST_NAMED])}." for ids, what in complaints if ids)


def items_of(reply: JudgeReply, questions: Sequence[Question], *, step_count: int) -> tuple[Item, ...]:
    """Return the answers in the order of the questions. The reply must have no `reply_problem`."""
    by_id = {item.id: item for item in reply.items}
    return tuple(
        Item(question.text, Origin.JUDGE, by_id[question.id].passed, _evidence(by_id[question.id], step_count))
        for question in questions
    )


def _evidence(answer: ItemAnswer, step_count: int) -> str:
    text = answer.evidence.strip()[:_LONGEST_EVIDENCE]
    if answer.step is None:
        return text
    if 1 <= answer.step <= step_count:
        return f"{text} (Step {answer.step})".strip()
    return f"{text} (It names step {answer.step}, and there is no such step.)".strip()
