"""What a check says of the work it looked at, read strictly: whatever is not plainly a pass is none."""

import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from orchestration.graph import JsonObject

MOST_ISSUES = 50
LONGEST_ISSUE = 1_000
LONGEST_FEEDBACK = 10_000


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class QaVerdict:
    passed: bool
    issues: tuple[str, ...] = ()
    feedback: str = ""
    confidence: Confidence | None = None

    def as_json(self) -> JsonObject:
        return {
            "passed": self.passed,
            "issues": [*self.issues],
            "feedback": self.feedback,
            "confidence": self.confidence.value if self.confidence else None,
        }


#: The shape that models are asked for, in JSON Schema.
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "passed": {
            "type": "boolean",
            "description": "true only if nothing has to be put right; a pass with notes is false",
        },
        "issues": {
            "type": "array",
            "maxItems": MOST_ISSUES,
            "items": {"type": "string"},
            "description": "each thing that has to be put right; empty for a pass",
        },
        "feedback": {"type": "string", "description": "what to do differently, for whoever does the work again"},
        "confidence": {"type": "string", "enum": [confidence.value for confidence in Confidence]},
    },
    "required": ["passed", "issues", "feedback", "confidence"],
}

#: A line that is nothing but a verdict, such as `Overall status: **PASS WITH NOTES**`.
_LINE = re.compile(
    r"^[\s#>*_-]*(?:(?:overall\s+)?(?:status|verdict|result)\s*[:=-][\s*_]*)?"
    r"(?P<word>pass(?:ed)?(?P<notes>\s+with\s+\w+)?|fail(?:ed|ure)?)[\s*_.!]*$",
    re.IGNORECASE | re.MULTILINE,
)


def read_verdict(data: JsonValue, text: str = "") -> QaVerdict | None:
    """Return the verdict in an object or, without one, in the lines of a text; None where there is none to be read.

    A pass with issues, or with notes, is not a pass. Of several lines that say different things the worst counts.
    """
    if isinstance(data, dict) and isinstance(data.get("passed"), bool):
        return _from_object(data)
    return _from_text(text)


def _from_object(data: JsonObject) -> QaVerdict:
    issues = tuple(_issues(data.get("issues")))
    confidence = str(data.get("confidence", "")).lower()
    return QaVerdict(
        passed=data["passed"] is True and not issues,
        issues=issues,
        feedback=str(data.get("feedback") or "")[:LONGEST_FEEDBACK],
        confidence=Confidence(confidence) if confidence in set(Confidence) else None,
    )


def _from_text(text: str) -> QaVerdict | None:
    found = list(_LINE.finditer(text))
    if not found:
        return None
    passed = all(match["word"].lower().startswith("pass") and not match["notes"] for match in found)
    return QaVerdict(passed=passed, feedback="" if passed else text.strip()[:LONGEST_FEEDBACK])


def _issues(value: JsonValue) -> list[str]:
    found = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    texts = (_issue(item).strip() for item in found[:MOST_ISSUES])
    return [text[:LONGEST_ISSUE] for text in texts if text]


def _issue(item: JsonValue) -> str:
    """Return an issue as a text; models like to make objects of them."""
    if not isinstance(item, dict):
        return "" if item is None else str(item)
    named = (item.get(key) for key in ("description", "issue", "message", "title"))
    return str(next((text for text in named if text), item))
