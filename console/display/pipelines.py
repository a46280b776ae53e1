"""Pipelines as they are shown: a row of the list, a field in words, the newest runs as a strip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents.models import Agent, VerdictWord
from console.display import status
from console.display.numbers import plural
from evaluation.pipelines import RECENT_RUNS, agent_field_of
from evaluation.statistics import Share, wilson
from orchestration.dialects.fields import FieldMode
from orchestration.graph import JsonObject
from orchestration.models import Pipeline

_STATE_WORDS = {"draft": "Draft", "published": "Published", "changed": "Changed"}
_MODE_WORDS = {
    FieldMode.AGENT.value: "Agent",
    FieldMode.COLUMN.value: "Column of the CSV",
    FieldMode.STATIC.value: "Fixed text",
}
_BAR = 100 / RECENT_RUNS
_SHOWN_TEXT = 120


class StripBar(NamedTuple):
    """One run in a strip; x and width in percent of the strip."""

    x: float
    width: float
    tone: str
    word: str


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
    def strip_words(self) -> str:
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
    recent = pipeline.recent  # type: ignore[attr-defined]  # with_activity adds it
    looks = [status.of_outcome(run["status"], run["verdict"]) for run in reversed(recent)]
    strip = [
        StripBar(round(place * _BAR, 2), round(_BAR * 0.7, 2), look.tone, look.word) for place, look in enumerate(looks)
    ]
    verdicts = [run["verdict"] for run in recent]
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


def definition_json(definition: JsonObject) -> str:
    """Write a definition as the text that differences are found in."""
    return json.dumps(definition, indent=2, ensure_ascii=False)
