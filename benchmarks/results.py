"""What a measurement gives, and how it is summed up."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Scale(NamedTuple):
    """How thoroughly to measure."""

    is_quick: bool

    def pick(self, full: int, quick: int) -> int:
        return quick if self.is_quick else full


class Bound(Enum):
    AT_MOST = "≤"
    AT_LEAST = "≥"


class Target(NamedTuple):
    bound: Bound
    value: float

    def is_met_by(self, value: float) -> bool:
        return value <= self.value if self.bound is Bound.AT_MOST else value >= self.value


@dataclass(frozen=True, slots=True)
class Result:
    """One number: the median of `samples`. `key` is what peers call the same measurement, empty where none does it."""

    name: str
    unit: str
    samples: Sequence[float]
    target: Target | None = None
    key: str = ""
    peers: Mapping[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return statistics.median(self.samples)

    @property
    def is_met(self) -> bool | None:
        return None if self.target is None else self.target.is_met_by(self.value)

    @property
    def spread(self) -> str:
        if len(self.samples) == 1:
            return ""
        return f"{number(min(self.samples))}–{number(max(self.samples))}, n={len(self.samples)}"

    def as_json(self) -> dict[str, object]:
        """Return it as it stands in the file. A peer's `ratio` is its value divided by ours."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "target": None if self.target is None else self.target.value,
            "met": self.is_met,
            "peers": {
                name: {"value": _rounded(value), "ratio": _rounded(value / self.value)}
                for name, value in self.peers.items()
            },
        }


def at_most(value: float) -> Target:
    return Target(Bound.AT_MOST, value)


def at_least(value: float) -> Target:
    return Target(Bound.AT_LEAST, value)


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def number(value: float) -> str:
    """Return a number with three significant digits, or all of a large one's."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits before the point


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
