"""`builtin/rules`: a judge with no model behind it, the same every time. It says so, and what it could not judge."""

from agents.llm.catalogue import RULES
from evaluation.case import Case
from evaluation.criteria import CriterionShape, NoException, NonEmpty, Refusal
from evaluation.items import Item, Origin
from evaluation.judgement import Judgement
from evaluation.seeding.axes import ExpectedOutcome

NOT_JUDGED = f"Not judged: {RULES} has no model."


def judge_by_rules(case: Case) -> Judgement:
    """Judge by what a program can settle: an answer and no exception always, the criteria, an expected refusal."""
    settled = [
        Item(criterion.title, Origin.PROGRAM, *criterion.settle(case.evidence, case.expected))
        for criterion in _criteria(case)
    ]
    open_questions = [Item(question, Origin.JUDGE, passed=None, evidence=NOT_JUDGED) for question in case.questions]
    items = (*settled, *open_questions)
    return Judgement(items=items, model=RULES, reasoning=_reasoning(items), is_rules=True)


def _criteria(case: Case) -> list[CriterionShape]:
    """Return the criteria to settle, none of them twice."""
    criteria: list[CriterionShape] = [NonEmpty(), NoException(), *case.config.criteria]
    if case.expected is ExpectedOutcome.REFUSAL:
        criteria.append(Refusal(name="Declines, as the task expects"))
    kept: list[CriterionShape] = []
    for criterion in criteria:
        is_repeated = any(criterion.says_the_same_as(other) for other in kept)
        if not is_repeated:
            kept.append(criterion)
    return kept


def _reasoning(items: tuple[Item, ...]) -> str:
    judged = [item for item in items if item.passed is not None]
    failed = sum(not item.passed for item in judged)
    outcome = f"{failed} failed" if failed else "all passed"
    text = f"Graded by {RULES}, with no model: {len(judged)} of {len(items)} items were judged, and {outcome}."
    if len(judged) < len(items):
        text += f" {len(items) - len(judged)} could not be judged without one."
    return text
