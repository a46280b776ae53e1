"""Reads of datasets, tasks and verdicts. Each starts from what the actor may see."""

from django.db.models import Prefetch, QuerySet

from agents.models import AgentRun
from console.access import Actor
from evaluation.models import Dataset, SeededTask, Verdict
from orchestration.models import Pipeline


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


def task_of(agent_run: AgentRun) -> SeededTask | None:
    """Return the task that an agent run was made for, if it was made for one."""
    if agent_run.task_id is None:
        return None
    return SeededTask.objects.select_related("dataset", "pipeline").filter(pk=agent_run.task_id).first()


def verdicts_of(agent_run: AgentRun) -> list[Verdict]:
    """Return the verdicts on a run, the newest first: that one counts."""
    return list(Verdict.objects.filter(agent_run=agent_run).order_by("-number"))
