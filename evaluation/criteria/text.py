from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from evaluation.criteria.base import CriterionShape, Finding, quoted
from evaluation.evidence import NO_ANSWER, Evidence
from evaluation.seeding.axes import ExpectedOutcome

Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class NonEmpty(CriterionShape):
    """The answer holds more than blank space."""

    LABEL: ClassVar[str] = "Gives an answer"

    type: Literal["non_empty"] = "non_empty"

    @property
    def sentence(self) -> str:
        return "Gives an answer"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        if evidence.final_response is None:
            return Finding(passed=False, evidence=NO_ANSWER)
        length = len(evidence.answer.strip())
        if not length:
            return Finding(passed=False, evidence="The answer is blank.")
        return Finding(passed=True, evidence=f"The answer has {length:,} character{'' if length == 1 else 's'}.")


class Contains(CriterionShape):
    """The answer holds a text."""

    LABEL: ClassVar[str] = "Contains a text"

    type: Literal["contains"]
    value: Text
    ignore_case: bool = False

    @property
    def sentence(self) -> str:
        return f"Contains {quoted(self.value)}"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        answer, value = evidence.answer, self.value
        if self.ignore_case:
            # lower() rather than casefold(): it seldom changes lengths, so that the position is the answer's own.
            answer, value = answer.lower(), value.lower()
        position = answer.find(value)
        if position >= 0:
            return Finding(passed=True, evidence=f"Found at character {position + 1:,}.")
        return Finding(passed=False, evidence=f"Not found in {len(answer):,} characters." if answer else NO_ANSWER)


class Equals(CriterionShape):
    """The answer is a text, blank space around either left aside."""

    LABEL: ClassVar[str] = "Equals a text"

    type: Literal["equals"]
    value: Text
    ignore_case: bool = False

    @property
    def sentence(self) -> str:
        return f"Equals {quoted(self.value)}"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        answer, value = evidence.answer.strip(), self.value.strip()
        if answer == value or (self.ignore_case and answer.casefold() == value.casefold()):
            return Finding(passed=True, evidence="The answer is the same.")
        return Finding(passed=False, evidence=f"The answer is {quoted(answer)}." if answer else NO_ANSWER)
