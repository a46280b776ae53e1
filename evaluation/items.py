"""The single questions a verdict is made of."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

_LONGEST_FAILURE_MODE = 255


class Origin(StrEnum):
    """Who answered."""

    PROGRAM = "program"  #: a criterion, checked without a model
    JUDGE = "judge"  #: the rubric, judged by a model


class Item(NamedTuple):
    """One question and its answer. `passed` None is not judged; `evidence` says why in a short sentence."""

    name: str
    origin: Origin
    passed: bool | None
    evidence: str

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "name": self.name,
            "origin": self.origin.value,
            "passed": self.passed,
            "evidence": self.evidence,
        }


def failure_mode(items: Iterable[Item]) -> str:
    """Return the first failed item in a few words, or nothing where none failed."""
    failed = next((item for item in items if item.passed is False), None)
    if failed is None:
        return ""
    text = f"{failed.name}: {failed.evidence}" if failed.evidence else failed.name
    return text if len(text) <= _LONGEST_FAILURE_MODE else f"{text[: _LONGEST_FAILURE_MODE - 1]}…"
