"""Regular expressions that take time in proportion to the answer, whatever the pattern and the answer.

RE2's language, which is Python's without lookaround and backreferences (docs/decisions/0202-regular-expressions.md).
"""

import functools
from typing import Annotated, Any, ClassVar, Literal

import re2
from pydantic import StringConstraints

from evaluation.criteria.base import CriterionShape, Finding, quoted
from evaluation.evidence import NO_ANSWER, Evidence
from evaluation.seeding.axes import ExpectedOutcome


class Regex(CriterionShape):
    """The answer holds a match of a pattern."""

    LABEL: ClassVar[str] = "Matches a pattern"

    type: Literal["regex"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    ignore_case: bool = False

    @property
    def sentence(self) -> str:
        return f"Matches {quoted(self.value)}"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        match = compiled(self.value, ignore_case=self.ignore_case).search(evidence.answer)
        if match is not None:
            return Finding(passed=True, evidence=f"Matches at character {match.start() + 1:,}: {quoted(match[0])}.")
        length = len(evidence.answer)
        return Finding(passed=False, evidence=f"No match in {length:,} characters." if length else NO_ANSWER)

    def problem(self) -> str | None:
        try:
            compiled(self.value, ignore_case=self.ignore_case)
        except re2.error as error:
            return f"The pattern can't be used: {_reason(error)}."
        return None


@functools.lru_cache(maxsize=256)
def compiled(pattern: str, *, ignore_case: bool) -> Any:
    """Return the pattern ready to search with; raise re2.error."""
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(pattern, options)


def _reason(error: Exception) -> str:
    reason = error.args[0]
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    if "perl operator" in text:
        return f"{text}. Lookaround is not supported; write two criteria instead"
    return text
