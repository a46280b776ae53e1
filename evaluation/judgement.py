"""What a judge arrived at, and the verdict that follows from it. Only programs decide it: a judge answers questions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.llm.prompt import Usage
from agents.models import VerdictWord
from evaluation.items import Item, Origin


class Ruling(NamedTuple):
    """A verdict and, where it is UNGRADED, why."""

    word: VerdictWord
    ungraded_reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`trouble` is why a judge gave no usable answer, blank where it did; `model` is the judge's name for people."""

    items: tuple[Item, ...]
    model: str
    reasoning: str
    is_rules: bool = False
    trouble: str = ""
    raw_reply: str = ""
    prompt_sha256: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def ruling(self) -> Ruling:
        return ruling_of(self.items, self.trouble)


def ruling_of(items: Sequence[Item], trouble: str = "") -> Ruling:
    """Return PASS where every judged item passed, FAIL where one did not, and UNGRADED where nobody can tell.

    A judge in trouble is never a FAIL, nor is it a PASS. A criterion that could not be settled is no PASS either, for
    else an answer that a check chokes on would get by; a question that no model was asked does no harm.
    """
    if trouble:
        return Ruling(VerdictWord.UNGRADED, trouble)
    if any(item.passed is False for item in items):
        return Ruling(VerdictWord.FAIL)
    unsettled = next((item for item in items if item.passed is None and item.origin is Origin.PROGRAM), None)
    if unsettled is not None:
        return Ruling(VerdictWord.UNGRADED, f"{unsettled.name}: {unsettled.evidence}")
    if not any(item.passed for item in items):
        return Ruling(VerdictWord.UNGRADED, "There was nothing to judge by.")
    return Ruling(VerdictWord.PASS)
