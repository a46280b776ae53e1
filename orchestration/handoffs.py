"""What a stage leaves the next one: what it decided and why, what it made, what is open, and a summary.

A handoff is read from what a model or an agent wrote. What does not fit is left out part by part, so that one bad line
does not cost the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from orchestration.graph import JsonObject

MOST_ITEMS = 20
LONGEST_ITEM = 500
LONGEST_SUMMARY = 2_000

_CUT = "…"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and why it was made."""

    decision: str
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was created, changed or referred to."""

    path: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Handoff:
    summary: str = ""
    decisions: tuple[Decided, ...] = ()
    artifacts: tuple[Made, ...] = ()
    open_questions: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        return {
            "summary": self.summary,
            "decisions": [{"decision": item.decision, "rationale": item.rationale} for item in self.decisions],
            "artifacts": [{"path": item.path, "description": item.description} for item in self.artifacts],
            "openQuestions": [*self.open_questions],
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """A handoff and the name of the stage that left it."""

    stage: str
    handoff: Handoff


def _text(description: str) -> JsonObject:
    return {"type": "string", "description": description}


def _pairs(purpose: str, /, **fields: str) -> JsonObject:
    properties: JsonObject = {name: _text(words) for name, words in fields.items()}
    item: JsonObject = {"type": "object", "properties": properties, "required": [*fields]}
    return {"type": "array", "maxItems": MOST_ITEMS, "description": purpose, "items": item}


#: The shape that models are asked for, in JSON Schema.
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "summary": _text("what was accomplished, in a few sentences"),
        "decisions": _pairs("the key decisions", decision="what was decided", rationale="why"),
        "artifacts": _pairs(
            "files created, changed or referred to", path="the path or address", description="what it is"
        ),
        "openQuestions": {
            "type": "array",
            "maxItems": MOST_ITEMS,
            "description": "what is unresolved and the next stage should look at",
            "items": {"type": "string"},
        },
    },
    "required": ["summary", "decisions", "artifacts", "openQuestions"],
}


def read_handoff(data: JsonValue, *, fallback: str = "") -> Handoff:
    """Return the handoff in `data`, each part cut to its limit; `fallback` is the summary where there is none."""
    found: Mapping[str, JsonValue] = data if isinstance(data, dict) else {}
    return Handoff(
        summary=_cut(found.get("summary"), LONGEST_SUMMARY) or _cut(fallback, LONGEST_ITEM),
        decisions=tuple(Decided(*pair) for pair in _read_pairs(found.get("decisions"), "decision", "rationale")),
        artifacts=tuple(Made(*pair) for pair in _read_pairs(found.get("artifacts"), "path", "description")),
        open_questions=tuple(_read_texts(found.get("openQuestions", found.get("open_questions")))),
    )


def as_markdown(entries: Iterable[Entry], *, level: int = 2) -> str:
    """Return handoffs as Markdown, each under a heading of `level`."""
    return "\n".join(line for entry in entries for line in _markdown(entry, level)).strip()


def chain(entries: Iterable[Entry]) -> str:
    """Return what earlier stages left, as it is told to the next one.

    Decisions, artifacts and summaries of all of them; open questions of the newest alone, for it has seen the others'.
    """
    told = list(entries)
    settled = [Entry(entry.stage, _without_questions(entry.handoff)) for entry in told[:-1]]
    return as_markdown([*settled, *told[-1:]], level=3)


def _without_questions(handoff: Handoff) -> Handoff:
    return Handoff(handoff.summary, handoff.decisions, handoff.artifacts)


def _markdown(entry: Entry, level: int) -> Iterator[str]:
    handoff = entry.handoff
    yield f"{'#' * level} {_line(entry.stage)}"
    yield ""
    if handoff.summary:
        yield from (handoff.summary, "")
    yield from _section("Decisions", level, (_decision(item) for item in handoff.decisions))
    yield from _section("Artifacts", level, (_artifact(item) for item in handoff.artifacts))
    yield from _section("Open questions", level, (_line(question) for question in handoff.open_questions))


def _section(title: str, level: int, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item}" for item in items]
    if lines:
        yield from (f"{'#' * (level + 1)} {title}", "", *lines, "")


def _decision(item: Decided) -> str:
    return f"**{_line(item.decision)}**" + (f": {_line(item.rationale)}" if item.rationale else "")


def _artifact(item: Made) -> str:
    path = _line(item.path).replace("`", "'")
    return f"`{path}`" + (f": {_line(item.description)}" if item.description else "")


def _line(text: str) -> str:
    """Return a text on one line: a line break would end the list or the heading it stands in."""
    return " ".join(text.split())


def _read_pairs(data: JsonValue, first: str, second: str) -> Iterator[tuple[str, str]]:
    for item in _items(data):
        pair: Mapping[str, JsonValue] = item if isinstance(item, dict) else {first: item}
        head = _cut(pair.get(first), LONGEST_ITEM)
        if head:
            yield head, _cut(pair.get(second), LONGEST_ITEM)


def _read_texts(data: JsonValue) -> Iterator[str]:
    return (text for item in _items(data) if (text := _cut(item, LONGEST_ITEM)))


def _items(data: JsonValue) -> list[JsonValue]:
    return data[:MOST_ITEMS] if isinstance(data, list) else []


def _cut(value: JsonValue, longest: int) -> str:
    """Return a text of at most `longest` characters; empty for what is no text."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + _CUT
