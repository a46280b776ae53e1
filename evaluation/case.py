"""All that a judge is given: what counts, what the task says of the right answer, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from evaluation.evidence import Evidence
from evaluation.field import AgentFieldConfig
from evaluation.items import Item, Origin
from evaluation.rubric import questions
from evaluation.seeding.axes import ExpectedOutcome


@dataclass(frozen=True, slots=True)
class Case:
    config: AgentFieldConfig
    evidence: Evidence
    expected: ExpectedOutcome | None = None
    behavior: str = ""

    @classmethod
    def of(cls, config: AgentFieldConfig, seed: Mapping[str, JsonValue], evidence: Evidence) -> "Case":
        """Return the case of a run with a frozen seed."""
        said = seed.get("expected_outcome")
        expected = ExpectedOutcome(said) if isinstance(said, str) and said in set(ExpectedOutcome) else None
        return cls(config, evidence, expected, str(seed.get("behavior_instructions") or ""))

    @property
    def questions(self) -> tuple[str, ...]:
        return questions(self.config.rubric)

    def program_items(self) -> tuple[Item, ...]:
        """Return the field's criteria, settled."""
        return tuple(
            Item(criterion.title, Origin.PROGRAM, *criterion.settle(self.evidence, self.expected))
            for criterion in self.config.criteria
        )
