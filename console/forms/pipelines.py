"""The Pipeline Builder's form: a draft as it is being written.

Nothing is checked here. The services say what is wrong, and `show` puts each problem at its control; so a page and a
program are told the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from django.http import QueryDict
from pydantic import JsonValue

from console.errors import Problem
from console.forms.builder_rows import FieldRow, next_uid, rows_sent
from console.forms.criterion_rows import CriterionRow, Json
from console.forms.row_order import rearrange
from orchestration.dialects.fields import FieldMode
from orchestration.models import Pipeline


class ShownProblem(NamedTuple):
    """One problem for the bar at the foot: where it is in words, the control's id, and the sentence."""

    label: str
    anchor: str
    message: str


@dataclass(slots=True)
class BuilderForm:
    """Name, description and fields. `is_unsaved` is set where the form holds what no draft holds."""

    name: str = ""
    description: str = ""
    rows: list[FieldRow] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    shown: list[ShownProblem] = field(default_factory=list)
    is_unsaved: bool = False

    @classmethod
    def blank(cls) -> "BuilderForm":
        """Return a new pipeline with the one field it can't do without."""
        return cls(rows=[FieldRow("0", "answer", "Answer", FieldMode.AGENT.value)])

    @classmethod
    def of(cls, pipeline: Pipeline) -> "BuilderForm":
        fields = cast("list[Json]", pipeline.draft.get("fields", []))
        return cls(
            pipeline.name, pipeline.description, [FieldRow.of(str(number), item) for number, item in enumerate(fields)]
        )

    @classmethod
    def sent(cls, data: QueryDict) -> "BuilderForm":
        description = data.get("description", "").strip()
        return cls(data.get("name", "").strip(), description, rows_sent(data), is_unsaved=True)

    def definition(self) -> Json:
        return {"fields": cast("list[JsonValue]", [row.as_json() for row in self.rows])}

    def change(self, act: str) -> None:
        """Do what a button of the form asks: `add:agent`, `up:3`, `remove-criterion:3:1`. Others change nothing."""
        verb, _, rest = act.partition(":")
        if verb == "add":
            self._add(rest)
            return
        uid, _, criterion = rest.partition(":")
        place = next((place for place, row in enumerate(self.rows) if row.uid == uid), None)
        if place is None:
            return
        row = self.rows[place]
        if verb == "add-criterion":
            row.criteria.append(CriterionRow(next_uid(item.uid for item in row.criteria)))
        elif verb == "remove-criterion":
            row.criteria = [item for item in row.criteria if item.uid != criterion]
        else:
            rearrange(self.rows, place, verb)

    def show(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its control, and all of them into the bar at the foot, in the order of the controls."""
        for problem in sorted(problems, key=_standing):
            match problem.path:
                case ("name",):
                    self.problems["name"] = problem.message
                    self._list("Name", "id_name", problem)
                case ("description",):
                    self.problems["description"] = problem.message
                    self._list("Description", "id_description", problem)
                case ("fields", int(place), *rest) if place < len(self.rows):
                    self._show_in(self.rows[place], rest, problem)
                case _:
                    self._list("", "fields", problem)

    def _show_in(self, row: FieldRow, path: Sequence[str | int], problem: Problem) -> None:
        row.is_open = True
        title = row.title or row.key or "Field"
        match path:
            case ("agentConfig", "criteria", int(place), *rest) if place < len(row.criteria):
                criterion = row.criteria[place]
                name = "name" if rest[-1:] == ["name"] else "type" if rest[-1:] in ([], ["type"]) else "value"
                criterion.problems[name] = problem.message
                self._list(f"{title}, criterion {place + 1}", f"f{row.uid}-c-{criterion.uid}-{name}", problem)
            case ("agentConfig", "odyssey_seed_columns", str(name), *_) if name in {axis.name for axis in row.axes}:
                next(axis for axis in row.axes if axis.name == name).problem = problem.message
                self._list(f"{title}, column {name}", f"f{row.uid}-column-{name}", problem)
            case [*_, str(name)] if name in _LABELS:
                row.problems[name] = problem.message
                self._list(f"{title}, {_LABELS[name]}", f"f{row.uid}-{name}", problem)
            case _:
                row.problems["other"] = problem.message
                self._list(title, f"field-{row.uid}", problem)

    def _list(self, label: str, anchor: str, problem: Problem) -> None:
        self.shown.append(ShownProblem(label, anchor, problem.message))

    def _add(self, mode: str) -> None:
        known = mode if mode in set(FieldMode) else FieldMode.COLUMN.value
        self.rows.append(FieldRow(next_uid(row.uid for row in self.rows), mode=known))


_LABELS = {
    "title": "title", "key": "key", "mode": "mode", "value": "text", "agent_id": "agent",
    "judge_model": "judge model", "rubric": "rubric", "criteria": "criteria", "help": "hint",
}  # fmt: skip
_ORDER = (
    "name", "description", "fields", "title", "key", "mode", "value", "agentConfig", "agent_id", "judge_model",
    "rubric", "criteria", "odyssey_seed_columns", "help",
)  # fmt: skip


def _standing(problem: Problem) -> list[int]:
    """Return where a problem's control stands in the form: its parts by their order there, and by place in lists."""
    return [part if isinstance(part, int) else _ORDER.index(part) if part in _ORDER else 0 for part in problem.path]
