"""What is said to a model and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Speaker(StrEnum):
    USER = "user"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Message:
    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Instructions, then messages in turns, the last of them the user's.

    With `schema` (JSON Schema of an object) the answer is asked for as such an object, by the means the provider has.
    """

    instructions: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None

    def followed_by(self, answer: str, remark: str) -> "Prompt":
        """Return the prompt with the model's answer and a remark on it added."""
        more = (Message(Speaker.MODEL, answer), Message(Speaker.USER, remark))
        return Prompt(self.instructions, (*self.messages, *more), self.schema)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to answer. None leaves it to the model; the length is in tokens."""

    temperature: float | None = None
    max_tokens: int | None = None


#: As one who judges: the same answer to the same question, as far as the model can.
STEADY = Wishes(temperature=0)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one or more calls took. `cost` is in US dollars, None where a price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            sum(costs, Decimal(0)) if costs else None,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer: text, or the JSON text of the object that was asked for."""

    text: str
    usage: Usage = field(default_factory=Usage)
    latency_ms: int = 0
