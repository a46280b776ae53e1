"""Pipelines as they are shown: a row of the list, a field in words, the newest runs as a strip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents.models import Agent, VerdictWord
from console.display import status
from console.display.agents import Change
from console.display.numbers import plural
from console.forms.definition import as_text
from evaluation.pipelines import agent_field_of
from evaluation.statistics import Share, wilson
from orchestration.dialects.fields import FieldMode
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline

_STATE_WORDS = {"draft": "Draft", "published": "Published", "changed": "Changed"}
_MODE_WORDS = {
    FieldMode.AGENT.value: "Agent",
    FieldMode.COLUMN.value: "Column of the CSV",
    FieldMode.STATIC.value: "Fixed text",
}
_BAR_WIDTH = 6
_BAR_STEP = 9
_SHOWN_TEXT = 120


class StripBar(NamedTuple):
    """One run in a strip; x and width in pixels."""

    x: int
    tone: str
    word: str
    width: int = _BAR_WIDTH


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline in the list. `strip` draws its newest runs, the newest last."""

    pipeline: Pipeline
    state: str
    agent: str
    tasks: int
    strip: Sequence[StripBar]
    passed: int
    graded: int

    @property
    def share(self) -> Share | None:
        """Return the pass rate of the runs that the strip draws."""
        return wilson(self.passed, self.graded)

    @property
    def strip_width(self) -> int:
        return len(self.strip) * _BAR_STEP - (_BAR_STEP - _BAR_WIDTH)

    @property
    def kind(self) -> str:
        return Dialect(self.pipeline.dialect).label

    @property
    def is_fields(self) -> bool:
        return self.pipeline.dialect == Dialect.FIELDS

    @property
    def strip_words(self) -> str:
        if not self.is_fields:
            broken = sum(bar.tone == "failed" for bar in self.strip)
            return f"{broken} of the last {plural(len(self.strip), 'run')} failed" if self.strip else ""
        return f"{self.passed} of the last {plural(len(self.strip), 'run')} passed" if self.strip else ""


class FieldWords(NamedTuple):
    """A field of a pipeline in words."""

    key: str
    title: str
    mode: str
    is_agent: bool
    text: str


def pipeline_row(pipeline: Pipeline, agents: Mapping[str, Agent]) -> PipelineRow:
    """Return the row of a pipeline that was read with its activity."""
    is_fields = pipeline.dialect == Dialect.FIELDS
    # with_activity adds both: the agent's runs, and the runs of whole pipelines.
    recent = pipeline.recent if is_fields else pipeline.recent_runs  # type: ignore[attr-defined]
    looks = [status.of_outcome(run["status"], run.get("verdict", "")) for run in reversed(recent)]
    strip = [StripBar(place * _BAR_STEP, look.tone, look.word) for place, look in enumerate(looks)]
    verdicts = [run.get("verdict", "") for run in recent]
    passed = verdicts.count(VerdictWord.PASS)
    agent = agents.get(agent_field_of(pipeline.draft).agent_id)
    return PipelineRow(
        pipeline, state_word(pipeline), agent.name if agent else "", pipeline.tasks,  # type: ignore[attr-defined]
        strip, passed, passed + verdicts.count(VerdictWord.FAIL),
    )  # fmt: skip


def state_word(pipeline: Pipeline) -> str:
    return _STATE_WORDS[pipeline.status]


def field_words(definition: JsonObject) -> list[FieldWords]:
    fields = definition.get("fields")
    return [
        FieldWords(
            str(item.get("key", "")), str(item.get("title", "")), _MODE_WORDS.get(str(item.get("mode")), "Unknown"),
            item.get("mode") == FieldMode.AGENT, str(item.get("value", ""))[:_SHOWN_TEXT],
        )
        for item in (fields if isinstance(fields, list) else ())
        if isinstance(item, dict)
    ]  # fmt: skip


def changes(before: JsonObject, after: JsonObject, *, dialect: str = Dialect.FIELDS) -> list[Change]:
    """Return what differs between two definitions as JSON; of fields the rubric apart, line by line."""
    if dialect != Dialect.FIELDS:
        texts = as_text(before), as_text(after)
        return [Change("definition.json", *texts)] if texts[0] != texts[1] else []
    (old, old_rubric), (new, new_rubric) = _rubric_apart(before), _rubric_apart(after)
    found = [
        Change("definition.json", definition_json(old), definition_json(new)),
        Change("rubric", old_rubric, new_rubric),
    ]
    return [change for change in found if change.before != change.after]


def _rubric_apart(definition: JsonObject) -> tuple[JsonObject, str]:
    """Return a definition without its rubric, and the rubric."""
    fields = definition.get("fields")
    without = [
        {**field, "agentConfig": {key: value for key, value in config.items() if key != "rubric"}}
        if isinstance(field, dict) and isinstance(config := field.get("agentConfig"), dict)
        else field
        for field in (fields if isinstance(fields, list) else ())
    ]
    return {**definition, "fields": without}, agent_field_of(definition).rubric


def definition_json(definition: JsonObject) -> str:
    """Write a definition as the text that differences are found in."""
    return json.dumps(definition, indent=2, ensure_ascii=False)
