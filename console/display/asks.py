"""What a waiting run asks of people, in words, with the answers there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from console.access import Role
from console.display.node_runs import NodeRun
from console.display.numbers import plural
from console.forms.schema_fields import Control, SchemaField, fields_of
from orchestration.graph import Graph, JsonObject, Node
from orchestration.steps.configured import STATE_SCHEMAS

_ANSWER = "answer"


class Answer(NamedTuple):
    """One way to decide. `style` is primary, plain or danger."""

    value: str
    label: str
    icon: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Ask:
    """A step that waits for somebody: `kind` says which form it is shown with.

    A `decision` has `answers` and takes a comment, a `call` is one about a tool call whose arguments may be edited, an
    `input` has `fields`, or takes JSON where there are none. What is `outside` waits for an event, for nobody here.
    """

    node_id: str
    name: str
    kind: str
    lead: str
    since: datetime | None
    due_at: datetime | None = None
    otherwise: str = ""
    who: str = ""
    hint: str = ""
    answers: Sequence[Answer] = ()
    issues: Sequence[str] = ()
    feedback: str = ""
    context: JsonValue = None
    fields: list[SchemaField] = field(default_factory=list)
    problem: str = ""
    typed: str = ""


_WORDS = {"approve": "Approve", "skip": "Skip", "stop": "Stop"}


def asks_of(graph: Graph, rows: Sequence[NodeRun]) -> list[Ask]:
    """Return what the steps of a run wait for that does not come by itself, in their order."""
    return [_ask(graph, row) for row in rows if row.is_waiting_for_somebody]


def _ask(graph: Graph, row: NodeRun) -> Ask:
    kind, waiting = str(row.waiting_for.get("type", "")), row.waiting_for
    if kind == "approval" and row.node.kind == "gate":
        return _gate(graph, row, waiting)
    if kind == "approval":
        return _call(row, waiting)
    if kind == "qa_escalation":
        return _escalation(row, waiting)
    if kind == "event":
        return _event(row, waiting)
    return _input(row, waiting)


def _gate(graph: Graph, row: NodeRun, waiting: JsonObject) -> Ask:
    options, following = _options(waiting), _text(waiting, "next")
    behind = _name_behind(graph, row.node, "skip")
    answers = [Answer("approve", f"Approve, go on with {following}" if following else "Approve", "check", "primary")]
    if "skip" in options:
        answers.append(Answer("skip", f"Skip {following}", "player-skip-forward"))
    answers.append(Answer("stop", "Stop run", "square", "danger"))
    still = f"; {behind} still runs with the last real output." if behind else ". The run then ends."
    return Ask(
        row.node.id, row.name, "decision",
        f"After this gate, {following} runs." if following else "This is the last gate: approving ends the run.",
        _since(row), _due(row), otherwise=_WORDS.get(_text(waiting, "default_decision"), ""), who=_who(waiting),
        hint=f"Skip leaves out {following} only{still}" if "skip" in options else "", answers=answers,
    )  # fmt: skip


def _escalation(row: NodeRun, waiting: JsonObject) -> Ask:
    issues, retries, target = waiting.get("issues"), waiting.get("retries"), _text(waiting, "target_stage")
    again = plural(retries, "time") if isinstance(retries, int) else "as often as it may be"
    answers = (
        Answer("retry", f"Run {target} again" if target else "Run it again", "refresh", "primary"),
        Answer("accept", "Accept anyway", "check"),
        Answer("stop", "Stop run", "square", "danger"),
    )
    return Ask(
        row.node.id, row.name, "decision", f"The work was sent back {again} and has not passed.",
        _since(row), who=_who(waiting), answers=answers, feedback=_text(waiting, "feedback"),
        issues=[str(issue) for issue in issues] if isinstance(issues, list) else [],
        hint="Your comment goes along with the feedback when it runs again.",
    )  # fmt: skip


def _call(row: NodeRun, waiting: JsonObject) -> Ask:
    answers = (Answer("approved", "Approve", "check", "primary"), Answer("rejected", "Reject", "x", "danger"))
    return Ask(
        row.node.id, row.name, "call", _text(waiting, "prompt"), _since(row), _due(row), otherwise="Expired",
        who=_who(waiting), answers=answers, context=waiting.get("context"),
    )  # fmt: skip


def _event(row: NodeRun, waiting: JsonObject) -> Ask:
    name, key = _text(waiting, "name"), _text(waiting, "key")
    lead = f"Waits for the event {name}" + (f" with the key {key}." if key else ".")
    return Ask(row.node.id, row.name, "outside", lead, _since(row), _due(row), otherwise="the step fails")


def _input(row: NodeRun, waiting: JsonObject) -> Ask:
    return Ask(
        row.node.id, row.name, "input", _text(waiting, "prompt"), _since(row), _due(row), who=_who(waiting),
        context=waiting.get("context") or None, fields=input_fields(row.node, waiting),
        typed='{\n  "answer": ""\n}',
    )  # fmt: skip


def input_fields(node: Node, waiting: JsonObject) -> list[SchemaField]:
    """Return the fields of an answer: what the step's output mapping takes, a choice where options are offered."""
    mapped = [source.removeprefix("$.") for source in node.output_mapping if source != "$"]
    schemas = node.config.get(STATE_SCHEMAS)
    known = schemas if isinstance(schemas, dict) else {}
    options = waiting.get("options")
    if isinstance(options, list) and options and len(mapped) <= 1 and all(isinstance(item, str) for item in options):
        key = mapped[0] if mapped else _ANSWER
        choices = [str(item) for item in options]
        return [SchemaField((key,), "input-0", "Answer", Control.CHOICE, is_required=True, choices=choices)]
    properties = {key: known.get(key, known.get(f"$.{key}", {"type": "string"})) for key in mapped}
    return fields_of({"type": "object", "properties": properties, "required": mapped}) if mapped else []


def _name_behind(graph: Graph, node: Node, label: str) -> str:
    target = next((edge.target for edge in graph.edges if edge.source == node.id and edge.label == label), "")
    found = graph.by_id.get(target)
    return (found.name or found.id) if found else ""


def _options(waiting: JsonObject) -> list[str]:
    options = waiting.get("options")
    return [str(option) for option in options] if isinstance(options, list) else []


def _who(waiting: JsonObject) -> str:
    approvers, role = waiting.get("approvers"), waiting.get("role")
    named = [str(person) for person in approvers] if isinstance(approvers, list) else []
    if role in set(Role):
        named.append(f"{Role(str(role)).label} or higher")
    return ", ".join(named) or "Whoever may start runs"


def _text(waiting: JsonObject, key: str) -> str:
    value = waiting.get(key)
    return value if isinstance(value, str) else ""


def _since(row: NodeRun) -> datetime | None:
    return row.last.started_at if row.last else None


def _due(row: NodeRun) -> datetime | None:
    return row.last.due_at if row.last else None
