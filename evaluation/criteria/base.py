from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

from evaluation.evidence import Evidence
from evaluation.seeding.axes import ExpectedOutcome

_LONGEST_QUOTE = 60


class Finding(NamedTuple):
    """What a criterion found. `passed` None is that it could not be settled; `evidence` is a short sentence."""

    passed: bool | None
    evidence: str


class CriterionShape(BaseModel, ABC):
    """What every criterion has. `name` is shown instead of the criterion's own sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: What it is called where one chooses a type; the docstring says what it asks for.
    LABEL: ClassVar[str]
    #: The setting that `problem` speaks of.
    PROBLEM_KEY: ClassVar[str] = "value"

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)] = ""

    @property
    def title(self) -> str:
        return self.name or self.sentence

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What the criterion asks for, as the name of an item."""

    def says_the_same_as(self, other: "CriterionShape") -> bool:
        """Say whether both ask the same, by whatever name."""
        return type(self) is type(other) and self.model_dump(exclude={"name"}) == other.model_dump(exclude={"name"})

    @abstractmethod
    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:
        """Return what was found. `expected` is None where the task does not say what the right answer is."""

    def problem(self) -> str | None:
        """Return what is wrong with the criterion itself, beyond its shape, or None."""
        return None


def quoted(text: str) -> str:
    """Return a text in quotes and on one line, cut to what a short sentence bears."""
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= _LONGEST_QUOTE else f"“{line[:_LONGEST_QUOTE]}…”"
