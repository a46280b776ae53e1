"""The stages editor's form: a template as it is being written.

Nothing is checked here: the dialect says what is wrong, and `show` puts each problem at its control.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.http import QueryDict
from pydantic import JsonValue

from console.errors import Problem
from console.forms.builder_rows import next_uid
from console.forms.criterion_rows import Json
from console.forms.pipelines import ShownProblem
from console.forms.row_order import rearrange
from console.forms.stage_rows import UID, ParameterRow, StageRow
from orchestration.models import Pipeline

#: The control of a setting, by its name in the template.
_CONTROLS = {
    "name": "name", "topic": "topic", "prompt": "prompt", "promptTemplate": "prompt", "agent": "agent",
    "stageType": "qa", "type": "qa", "maxRetries": "retries", "retryTargetStage": "target", "approvalGate": "gate",
    "approvers": "approvers", "role": "role", "timeoutSeconds": "timeout", "defaultDecision": "default",
}  # fmt: skip
_PARAMETER_CONTROLS = {
    "key": "key", "description": "description", "inputType": "kind", "requirement": "requirement",
    "default": "default", "options": "options",
}  # fmt: skip


@dataclass(slots=True)
class StagesForm:
    """Name, description, stages and parameters. `is_unsaved` is set where the form holds what no draft holds."""

    name: str = ""
    description: str = ""
    rows: list[StageRow] = field(default_factory=list)
    parameters: list[ParameterRow] = field(default_factory=list)
    rest: Json = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    shown: list[ShownProblem] = field(default_factory=list)
    is_unsaved: bool = False

    @classmethod
    def blank(cls) -> "StagesForm":
        return cls(rows=[StageRow("0")])

    @classmethod
    def of(cls, pipeline: Pipeline) -> "StagesForm":
        return cls.of_definition(pipeline.name, pipeline.description, pipeline.draft)

    @classmethod
    def of_definition(cls, name: str, description: str, definition: Json) -> "StagesForm":
        stages, parameters = _objects(definition.get("stages")), _objects(definition.get("parameters"))
        uids = [str(place) for place in range(len(stages))]
        rest = {key: value for key, value in definition.items() if key not in {"stages", "parameters"}}
        return cls(
            name, description, [StageRow.of(uid, item, uids) for uid, item in zip(uids, stages, strict=True)],
            [ParameterRow.of(str(place), item) for place, item in enumerate(parameters)], rest,
        )  # fmt: skip

    @classmethod
    def sent(cls, data: QueryDict) -> "StagesForm":
        return cls(
            data.get("name", "").strip(), data.get("description", "").strip(),
            [StageRow.sent(uid, data) for uid in _uids(data, "row")],
            [ParameterRow.sent(uid, data) for uid in _uids(data, "parameter")],
            _object(data.get("rest", "")), is_unsaved=True,
        )  # fmt: skip

    @property
    def rest_json(self) -> str:
        return json.dumps(self.rest)

    def definition(self) -> Json:
        places = {row.uid: place for place, row in enumerate(self.rows)}
        data: Json = {**self.rest, "stages": [row.as_json(places) for row in self.rows]}
        if self.parameters:
            data["parameters"] = [row.as_json() for row in self.parameters]
        return data

    def change(self, act: str) -> None:
        """Do what a button of the form asks: `add`, `up:3`, `copy:3`, `remove-parameter:1`. Others change nothing."""
        verb, _, uid = act.partition(":")
        if verb == "add":
            self.rows.append(StageRow(next_uid(row.uid for row in self.rows)))
        elif verb == "add-parameter":
            self.parameters.append(ParameterRow(next_uid(row.uid for row in self.parameters)))
        elif verb == "remove-parameter":
            self.parameters = [row for row in self.parameters if row.uid != uid]
        else:
            self._change_row(verb, next((place for place, row in enumerate(self.rows) if row.uid == uid), None))

    def show(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its control, and all of them into the bar at the foot."""
        for problem in problems:
            match problem.path:
                case ("name" | "description" as name,):
                    self.problems[name] = problem.message
                    self.shown.append(ShownProblem(name.capitalize(), f"id_{name}", problem.message))
                case ("stages", int(place), *rest) if place < len(self.rows):
                    self._show_stage(self.rows[place], rest, problem)
                case ("parameters", int(place), *rest) if place < len(self.parameters):
                    self._show_parameter(self.parameters[place], rest, problem)
                case _:
                    self.problems["stages"] = problem.message
                    self.shown.append(ShownProblem("", "fields", problem.message))

    def _change_row(self, verb: str, place: int | None) -> None:
        if place is None:
            return
        if verb == "copy":
            row = self.rows[place]
            uid = next_uid(other.uid for other in self.rows)
            places = {other.uid: at for at, other in enumerate(self.rows)}
            made = StageRow.of(uid, row.as_json(places), [other.uid for other in self.rows])
            made.name, made.is_open = f"{row.name} copy".strip(), True
            self.rows.insert(place + 1, made)
        else:
            rearrange(self.rows, place, verb)

    def _show_stage(self, row: StageRow, path: Sequence[str | int], problem: Problem) -> None:
        row.is_open = True
        name = next((_CONTROLS[part] for part in reversed(path) if isinstance(part, str) and part in _CONTROLS), "")
        row.problems[name or "other"] = problem.message
        place = self.rows.index(row) + 1
        label = f"Stage {place}" + (f", {_LABELS.get(name, name)}" if name else "")
        anchor = f"s{row.uid}-{name}" if name else f"field-{row.uid}"
        self.shown.append(ShownProblem(label, anchor, problem.message))

    def _show_parameter(self, row: ParameterRow, path: Sequence[str | int], problem: Problem) -> None:
        known = (part for part in reversed(path) if isinstance(part, str) and part in _PARAMETER_CONTROLS)
        name = next((_PARAMETER_CONTROLS[part] for part in known), "key")
        row.problems[name] = problem.message
        self.shown.append(ShownProblem(f"Parameter {row.key or '?'}", f"p{row.uid}-{name}", problem.message))


_LABELS = {"qa": "check", "target": "run again from", "retries": "at most", "default": "without an answer",
           "timeout": "no answer after", "gate": "approval gate"}  # fmt: skip


def _uids(data: QueryDict, name: str) -> list[str]:
    return list(dict.fromkeys(uid for uid in data.getlist(name) if UID.fullmatch(uid)))


def _objects(value: JsonValue) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(text: str) -> Json:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return cast("Json", value) if isinstance(value, dict) else {}
