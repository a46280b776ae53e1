"""Reads of datasets, tasks and verdicts. Each starts from what the actor may see."""

import uuid
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agents.models import AgentRun, AgentRunStatus, VerdictWord
from agents.queries import agent_runs_for
from console.access import Actor
from evaluation.models import BulkAct, Dataset, SeededTask, Verdict
from orchestration.models import Pipeline, Run


def datasets_for(actor: Actor) -> "QuerySet[Dataset]":
    """Return the datasets that were seeded, or are being, the newest first."""
    return Dataset.objects.visible_to(actor).select_related("pipeline", "agent_version__agent").order_by("-pk")


def tasks_for(actor: Actor, pipeline: Pipeline) -> "QuerySet[SeededTask]":
    """Return the tasks of a pipeline with the runs that stand for them now, and those runs' verdicts."""
    return (
        SeededTask.objects.visible_to(actor)
        .filter(pipeline=pipeline)
        .select_related("agent_run__agent", "agent_run__version", "dataset")
        .prefetch_related(Prefetch("agent_run__verdicts", Verdict.objects.order_by("number")))
    )


def bulk_acts_under_way(actor: Actor, project_id: uuid.UUID) -> "QuerySet[BulkAct]":
    """Return what is being done with many runs of a project, each with its `total`."""
    rows: QuerySet[BulkAct] = BulkAct.objects.visible_to(actor).filter(project_id=project_id, finished_at=None)
    found: QuerySet[BulkAct] = rows.annotate(total=F("agent_run_ids__len"))
    return found.defer("agent_run_ids").order_by("pk")


def task_of(agent_run: AgentRun) -> SeededTask | None:
    """Return the task that an agent run was made for, if it was made for one."""
    if agent_run.task_id is None:
        return None
    return SeededTask.objects.select_related("dataset", "pipeline").filter(pk=agent_run.task_id).first()


def verdicts_of(agent_run: AgentRun) -> list[Verdict]:
    """Return the verdicts on a run, the newest first: that one counts."""
    return list(Verdict.objects.filter(agent_run=agent_run).order_by("-number"))


class RunCounts(NamedTuple):
    """How the runs of a dataset stand. `total` also counts rows that are still to be seeded."""

    total: int
    ended: int
    passed: int
    failed: int
    ungraded: int
    broken: int


def run_counts(dataset: Dataset) -> RunCounts:
    """Return how the runs that stand for a dataset's tasks now have come out, in one query."""
    ended = Q(agent_run__status__in=[AgentRunStatus.COMPLETED, AgentRunStatus.FAILED, AgentRunStatus.CANCELLED])
    left_out = {error["row"] for error in dataset.left_out}
    found = SeededTask.objects.filter(dataset=dataset).aggregate(
        ended=Count("pk", filter=ended),
        passed=Count("pk", filter=ended & Q(agent_run__verdict=VerdictWord.PASS)),
        failed=Count("pk", filter=ended & Q(agent_run__verdict=VerdictWord.FAIL)),
        ungraded=Count("pk", filter=ended & Q(agent_run__verdict=VerdictWord.UNGRADED)),
        broken=Count("pk", filter=Q(agent_run__status=AgentRunStatus.FAILED)),
    )
    return RunCounts(total=dataset.total_rows - len(left_out), **found)


def traced_runs_for(actor: Actor) -> "QuerySet[AgentRun]":
    """Return agent runs, each with the number of its run's last event as `head`, read in the same instant.

    Whoever shows such a run and then asks for the events behind `head` misses nothing.
    """
    head = Run.objects.filter(pk=OuterRef("run_id")).values("seq")
    return agent_runs_for(actor).defer("agent__draft", "version__spec").annotate(head=Coalesce(Subquery(head), 0))
