"""What a wait is called, for whoever is to end it. Pure."""

from dataclasses import dataclass

from pydantic import JsonValue

from orchestration.graph import JsonObject

LONGEST_TITLE = 300
LONGEST_BODY = 1_000
_MOST_ISSUES = 5

#: Waits that ask something of people, by type. Others end without them: events, times, other runs.
ASKING = frozenset({"approval", "qa_escalation", "human_input"})


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    body: str


def asks_people(waiting_for: JsonObject) -> bool:
    return waiting_for.get("type") in ASKING


def words_for(waiting_for: JsonObject, *, run: str, pipeline: str) -> Words:
    """Return the title and the body of a notification that a run waits."""
    match waiting_for.get("type"):
        case "qa_escalation":
            title, lines = _escalation(waiting_for)
        case "approval" if waiting_for.get("stage"):
            title, lines = _gate(waiting_for)
        case "approval":
            title, lines = "A tool call waits for approval", [_text(waiting_for.get("prompt"))]
        case _:
            title, lines = _text(waiting_for.get("prompt")) or "A run waits for an answer", []
    body = "\n".join(filter(None, [run if run == pipeline else f"{pipeline}: {run}", *lines]))
    return Words(_cut(" ".join(title.split()), LONGEST_TITLE), _cut(body, LONGEST_BODY))


def _gate(waiting_for: JsonObject) -> tuple[str, list[str]]:
    following = _text(waiting_for.get("next"))
    ahead = f"“{following}” is next." if following else "It is the last stage."
    default = _text(waiting_for.get("default_decision"))
    late = f"Without an answer in time: {default}." if default else ""
    return f"“{_text(waiting_for['stage'])}” is done and waits for approval", [f"{ahead} {late}".strip()]


def _escalation(waiting_for: JsonObject) -> tuple[str, list[str]]:
    issues = waiting_for.get("issues")
    listed = [f"- {_text(issue)}" for issue in issues[:_MOST_ISSUES]] if isinstance(issues, list) else []
    title = f"“{_text(waiting_for.get('target_stage'))}” did not pass “{_text(waiting_for.get('stage'))}”"
    return title, [f"It was tried again {_text(waiting_for.get('retries'))} times. Decide what happens now.", *listed]


def _text(value: JsonValue) -> str:
    return "" if value is None else str(value)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
