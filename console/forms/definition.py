"""The form of a definition as JSON: what was typed, and each problem with the line it is on."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.http import QueryDict
from pydantic import JsonValue

from console.errors import Problem
from console.forms.json_lines import line_of
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline

#: Keys that people read first; the database gives them by their length.
_FIRST = (
    "id", "type", "kind", "name", "description", "agent_id", "tool_id", "from", "to", "source", "target", "condition",
    "routeKey", "prompt", "script", "nodes", "steps", "stages", "edges", "parameters", "input_schema", "state_schema",
)  # fmt: skip
_ORDER = {key: place for place, key in enumerate(_FIRST)}
MOST_CHARACTERS = 1_000_000

BLANK: dict[str, JsonObject] = {
    Dialect.NODES.value: {
        "nodes": [{"id": "start", "type": "transform", "expression": {"var": "query"}}],
        "edges": [],
        "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    },
    Dialect.STEPS.value: {
        "steps": [
            {"id": "start", "kind": "trigger"},
            {"id": "greet", "kind": "bashScript", "config": {"script": "echo Hello {{name}}", "outputKey": "greeting"}},
        ],
        "edges": [{"source": "start", "target": "greet"}],
    },
    Dialect.STAGES.value: {"stages": [{"name": "Analyze", "topic": "analysis", "prompt": "{{description}}"}]},
}  # fmt: skip


class ShownLine(NamedTuple):
    """One finding: where it is, in lines from 1 and in words, and the sentence. `line` is 0 where it has no line."""

    line: int
    path: str
    message: str
    tone: str = "error"


@dataclass(slots=True)
class DefinitionForm:
    """Name, description and the definition's text. `is_unsaved` is set where it holds what no draft holds."""

    name: str = ""
    description: str = ""
    text: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    shown: list[ShownLine] = field(default_factory=list)
    is_unsaved: bool = False

    @classmethod
    def blank(cls, dialect: Dialect) -> "DefinitionForm":
        return cls(text=as_text(BLANK[dialect.value]))

    @classmethod
    def of(cls, pipeline: Pipeline) -> "DefinitionForm":
        return cls(pipeline.name, pipeline.description, as_text(pipeline.draft))

    @classmethod
    def sent(cls, data: QueryDict) -> "DefinitionForm":
        text = data.get("definition", "").replace("\r\n", "\n")[:MOST_CHARACTERS]
        return cls(data.get("name", "").strip(), data.get("description", "").strip(), text, is_unsaved=True)

    def definition(self) -> JsonObject | None:
        """Return the definition that was typed; None where it is no JSON object, which is then shown."""
        try:
            value: JsonValue = json.loads(self.text)
        except json.JSONDecodeError as error:
            self.shown.append(ShownLine(error.lineno, "", f"This is not JSON: {error.msg}, column {error.colno}."))
            return None
        except RecursionError:
            self.shown.append(ShownLine(0, "", "This JSON is nested too deeply."))
            return None
        if not isinstance(value, dict):
            self.shown.append(ShownLine(1, "", "A definition is a JSON object."))
            return None
        return value

    def show(self, problems: Iterable[Problem], tone: str = "error") -> None:
        """Put each problem at its field or its line."""
        for problem in problems:
            if problem.path in {("name",), ("description",)}:
                self.problems[str(problem.path[0])] = problem.message
            self.shown.append(ShownLine(self._line(problem), problem.dotted_path, problem.message, tone))

    @property
    def errors(self) -> list[ShownLine]:
        return [item for item in self.shown if item.tone == "error"]

    @property
    def marks(self) -> str:
        """Return what the code editor marks, as JSON."""
        return json.dumps([{"line": item.line, "text": item.message, "type": item.tone} for item in self.shown])

    def _line(self, problem: Problem) -> int:
        if problem.path in {("name",), ("description",)}:
            return 0
        try:
            return line_of(self.text, problem.path)
        except (ValueError, IndexError, RecursionError):
            return 0


def as_text(definition: JsonObject) -> str:
    """Write a definition as a person edits it, with what one reads first in front."""
    return json.dumps(_in_order(definition), indent=2, ensure_ascii=False)


def _in_order(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: _ORDER.get(key, len(_ORDER)))
        return {key: _in_order(value[key]) for key in keys}
    return value
