"""The rows of the Pipeline Builder: fields, criteria and seed columns as they were typed, right or wrong.

Each row has a short name of its own, `uid`, by which its controls are named; the order of a row is where it stands in
the form. So a row keeps its controls, and their focus, when it moves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from django.http import QueryDict

from console.forms.criterion_rows import CriterionRow, Json, Problems, one_newline
from evaluation.seeding.axes import AXES, USER, axis_named
from orchestration.dialects.fields import FieldMode

_UID = re.compile(r"[0-9a-z]{1,6}")


@dataclass(slots=True)
class AxisRow:
    """One axis and the column that feeds it; a blank column is the one of the axis's own name."""

    name: str
    is_wired: bool = False
    column: str = ""
    problem: str = ""

    @property
    def meaning(self) -> str:
        return AXES[self.name].meaning

    @property
    def is_always_wired(self) -> bool:
        return self.name == USER

    @property
    def controls(self) -> list[tuple[str, str]]:
        """Return its controls as names and values."""
        return [(f"axis-{self.name}", "on" if self.is_wired else ""), (f"column-{self.name}", self.column)]

    @property
    def shown_column(self) -> str:
        return self.column or self.name


@dataclass(slots=True)
class FieldRow:
    """One field of the pipeline. What belongs to another mode is kept while the form is open."""

    uid: str
    key: str = ""
    title: str = ""
    mode: str = FieldMode.COLUMN.value
    help: str = ""
    value: str = ""
    agent_id: str = ""
    judge_model: str = ""
    rubric: str = ""
    criteria: list[CriterionRow] = field(default_factory=list)
    axes: list[AxisRow] = field(default_factory=lambda: [AxisRow(name, name == USER) for name in AXES])
    is_open: bool = True
    problems: Problems = field(default_factory=dict)

    @classmethod
    def of(cls, uid: str, data: Json) -> "FieldRow":
        row = cls(
            uid, str(data.get("key", "")), str(data.get("title", "")), str(data.get("mode", "")),
            str(data.get("help", "")), str(data.get("value", "")),
        )  # fmt: skip
        row._take_config(cast("Json", data.get("agentConfig") or {}))
        row.is_open = row.is_agent
        return row

    @classmethod
    def sent(cls, uid: str, data: QueryDict) -> "FieldRow":
        def text(name: str) -> str:
            return one_newline(data.get(f"f{uid}-{name}", ""))

        uids = [item for item in data.getlist(f"f{uid}-criterion") if _UID.fullmatch(item)]
        return cls(
            uid, text("key").strip(), text("title").strip(), text("mode"), text("help").strip(), text("value"),
            text("agent_id"), text("judge_model"), text("rubric"),
            [CriterionRow.sent(item, data, f"f{uid}-c") for item in uids],
            [
                AxisRow(name, f"f{uid}-axis-{name}" in data or name == USER, text(f"column-{name}").strip())
                for name in AXES
            ],
            data.get(f"f{uid}-open", "1") == "1",
        )  # fmt: skip

    @property
    def is_agent(self) -> bool:
        return self.mode == FieldMode.AGENT

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return the controls of other modes as names and values, which travel with the form unseen."""
        sent = [] if self.mode == FieldMode.STATIC else [("value", self.value)]
        if self.mode in {FieldMode.COLUMN, FieldMode.STATIC}:
            sent += [("agent_id", self.agent_id), ("judge_model", self.judge_model), ("rubric", self.rubric)]
            sent += [pair for axis in self.axes for pair in axis.controls]
            sent += [pair for row in self.criteria for pair in row.controls]
        return [(f"f{self.uid}-{name}", value) for name, value in sent if value]

    @property
    def has_problems(self) -> bool:
        inside = [row.problems for row in self.criteria], [axis.problem for axis in self.axes]
        return any([self.problems, *inside[0], *inside[1]])

    def as_json(self) -> Json:
        data: Json = {"key": self.key, "title": self.title, "mode": self.mode}
        if self.help:
            data["help"] = self.help
        if self.mode == FieldMode.STATIC:
            data["value"] = self.value
        if self.is_agent:
            data["agentConfig"] = self._config()
        return data

    def _config(self) -> Json:
        """Return the agent field's settings without what is blank, so that versions differ in what was changed."""
        config: Json = {
            "agent_id": self.agent_id,
            "judge_model": self.judge_model,
            "rubric": self.rubric,
            "criteria": [row.as_json() for row in self.criteria],
            "odyssey_seed_columns": self._columns(),
        }
        return {name: value for name, value in config.items() if value}

    def _columns(self) -> Json:
        wired: Json = {}
        for axis in self.axes:
            is_own = axis.column in {"", axis.name}
            if axis.is_wired and not (axis.is_always_wired and is_own):
                wired[axis.name] = True if is_own else axis.column
        return wired

    def _take_config(self, config: Json) -> None:
        self.agent_id, self.judge_model, self.rubric = (
            str(config.get(name) or "") for name in ("agent_id", "judge_model", "rubric")
        )
        criteria = config.get("criteria")
        if isinstance(criteria, list):
            rows = (item for item in criteria if isinstance(item, dict))
            self.criteria = [CriterionRow.of(str(number), item) for number, item in enumerate(rows)]
        columns = config.get("odyssey_seed_columns")
        for name, column in (columns if isinstance(columns, dict) else {}).items():
            axis = axis_named(name)
            row = next((row for row in self.axes if axis is not None and row.name == axis.name), None)
            if row is not None:
                row.is_wired = bool(column) or row.is_always_wired
                row.column = column if isinstance(column, str) else ""


def rows_sent(data: QueryDict) -> list[FieldRow]:
    """Return the rows of a form, each once, in the order in which they stood there."""
    uids = dict.fromkeys(uid for uid in data.getlist("row") if _UID.fullmatch(uid))
    return [FieldRow.sent(uid, data) for uid in uids]


def next_uid(uids: Iterable[str]) -> str:
    """Return a name that no row has yet."""
    return str(max((int(uid) for uid in uids if uid.isdecimal()), default=-1) + 1)
