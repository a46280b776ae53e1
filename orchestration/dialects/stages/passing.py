"""What a stage is told: its prompt filled in, what earlier stages left, and what was found wrong with its last try."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from orchestration.dialects.stages.placeholders import (
    DESCRIPTION,
    HANDOFF_TEXT,
    PARAMETER,
    PREVIOUS_OUTPUT,
    fill_in,
    names_in,
)
from orchestration.fold import ARTIFACTS, FEEDBACK
from orchestration.graph import JsonObject
from orchestration.handoffs import Entry, chain, read_handoff

#: Sections of the message and the placeholders that stand for them, where the prompt does not name them itself.
_SECTIONS = (
    (DESCRIPTION, "Task"),
    (PREVIOUS_OUTPUT, "Output of the stage before"),
    (HANDOFF_TEXT, "Handoffs of the stages before"),
)
LONGEST_QUOTE = 4_000


@dataclass(frozen=True, slots=True)
class Earlier:
    """A stage before this one that has run, and what it left. `output` is None for one that only checks."""

    id: str
    name: str
    output: str | None
    handoff: JsonValue


def earlier_stages(config: Mapping[str, JsonValue], state: JsonObject) -> list[Earlier]:
    """Return the stages before this one that were not left out, in their order."""
    artifacts = state.get(ARTIFACTS)
    left = artifacts if isinstance(artifacts, dict) else {}
    listed = cast("list[dict[str, JsonValue]]", config.get("earlier", []))
    return [
        _earlier(stage, left[str(stage["id"])])
        for stage in listed
        if str(stage["id"]) in left and left[str(stage["id"])] is not None
    ]


def previous_output(stages: list[Earlier]) -> str:
    """Return the output of the last stage that did work; empty where none did."""
    return next((stage.output for stage in reversed(stages) if stage.output is not None), "")


def message(prompt: str, state: JsonObject, stages: list[Earlier], feedback: JsonObject | None) -> str:
    """Return what a stage is told; raise UnknownPlaceholder for a placeholder that this run has no value for.

    What the prompt does not ask for by a placeholder stands under it in sections of its own, so that no stage misses
    what the one before has left.
    """
    values = _values(state, stages)
    used = names_in(prompt)
    parts = [fill_in(prompt, values).strip()]
    parts += [f"## {title}\n\n{values[name]}" for name, title in _SECTIONS if name not in used and values[name]]
    if feedback:
        parts.append("\n".join(_sent_back(feedback)))
    return "\n\n".join(part for part in parts if part)


def feedback_for(state: JsonObject, node_id: str) -> JsonObject | None:
    """Return what was said when the run was last sent back to a node; None where it never was."""
    said = state.get(FEEDBACK)
    found = said.get(node_id) if isinstance(said, dict) else None
    return found if isinstance(found, dict) else None


def quoted(text: str) -> str:
    """Return a text short enough to be quoted in feedback."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}\n… (cut)"


def _earlier(stage: Mapping[str, JsonValue], left: JsonValue) -> Earlier:
    output = left if isinstance(left, dict) else {}
    text = None if stage.get("checks") else str(output.get("output", ""))
    return Earlier(str(stage["id"]), str(stage["name"]), text, output.get("handoff"))


def _values(state: JsonObject, stages: list[Earlier]) -> dict[str, str]:
    params = state.get("params")
    given = params.items() if isinstance(params, dict) else ()
    handoffs = [Entry(stage.name, read_handoff(stage.handoff)) for stage in stages if stage.handoff]
    return {
        DESCRIPTION: _as_text(state.get("description")),
        PREVIOUS_OUTPUT: previous_output(stages),
        HANDOFF_TEXT: chain(handoffs),
        **{PARAMETER + key: _as_text(value) for key, value in given},
    }


def _as_text(value: JsonValue) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sent_back(feedback: JsonObject) -> Iterator[str]:
    yield f"## Sent back by {feedback.get('stage', 'a check')}"
    yield ""
    yield "Your last attempt was not good enough. Do the task again, in full, with this put right."
    if feedback.get("feedback"):
        yield f"\n{feedback['feedback']}"
    issues = feedback.get("issues")
    if isinstance(issues, list) and issues:
        yield "\nIssues:"
        yield from (f"- {issue}" for issue in issues)
    if feedback.get("comment"):
        yield f"\nA person added: {feedback['comment']}"
    if feedback.get("previousOutput"):
        yield f"\nYour last attempt was:\n\n{feedback['previousOutput']}"
