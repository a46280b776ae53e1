"""Pipelines with what their tasks have come to."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject

from agents.models import Agent, AgentRun
from console.access import Actor
from console.ids import from_public
from evaluation.models import Dataset
from evaluation.rubric import questions
from orchestration.dialects.fields import FieldMode
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, Run

#: How many runs the list of pipelines draws of each.
RECENT_RUNS = 20


def with_activity(pipelines: "QuerySet[Pipeline]") -> "QuerySet[Pipeline]":
    """Add `tasks`, how many were seeded, and the newest runs, the newest first.

    `recent` are those of agents as `{"status", "verdict"}`, `recent_runs` those of the whole pipeline as `{"status"}`.
    """
    newest = AgentRun.objects.filter(pipeline_id=OuterRef("pk"), project_id=OuterRef("project_id")).order_by("-pk")
    shown = newest.values(run=JSONObject(status="status", verdict="verdict"))[:RECENT_RUNS]
    whole = Run.objects.filter(pipeline_id=OuterRef("pk")).exclude(pipeline__dialect=Dialect.FIELDS).order_by("-pk")
    datasets = Dataset.objects.filter(pipeline=OuterRef("pk")).values("pipeline")
    return pipelines.annotate(
        tasks=Coalesce(Subquery(datasets.annotate(tasks=Sum("created_rows")).values("tasks")), 0),
        recent=ArraySubquery(shown),
        recent_runs=ArraySubquery(whole.values(run=JSONObject(status="status"))[:RECENT_RUNS]),
    )


class AgentFieldWords(NamedTuple):
    """What a definition says of its agent field, complete or not."""

    agent_id: str = ""
    judge_model: str = ""
    rubric: str = ""
    criteria: int = 0

    @property
    def question_count(self) -> int:
        return len(questions(self.rubric))


def agent_field_of(definition: JsonObject) -> AgentFieldWords:
    """Return the agent field of a definition; a blank one where it has none."""
    fields = definition.get("fields")
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and field.get("mode") == FieldMode.AGENT:
            config = field.get("agentConfig")
            data = config if isinstance(config, dict) else {}
            criteria = data.get("criteria")
            return AgentFieldWords(
                str(data.get("agent_id") or ""), str(data.get("judge_model") or ""), str(data.get("rubric") or ""),
                len(criteria) if isinstance(criteria, list) else 0,
            )  # fmt: skip
    return AgentFieldWords()


def agents_by_id(actor: Actor, public_ids: Iterable[str]) -> dict[str, Agent]:
    """Return agents by public id, archived ones too: a pipeline may still name them."""
    keys: list[uuid.UUID] = [key for item in public_ids if (key := from_public(Agent.ID_PREFIX, item)) is not None]
    found = Agent.objects.visible_to(actor).filter(pk__in=keys).defer("draft")
    return {agent.public_id: agent for agent in found}
