from dataclasses import dataclass

from django.db import transaction

from console import audit
from console.access import Actor, Permission, require
from console.ids import new_id
from orchestration import transitions
from orchestration.deciding import ensure_may_answer
from orchestration.errors import PipelineNotPublished, RunFinished, UnknownNode
from orchestration.graph import JsonObject
from orchestration.models import Pipeline, PipelineVersion, Run, StepRun, Trigger
from orchestration.startable import start_error
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import Answered
from orchestration.views import graph_of


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a new run repeats: another run, from a node on or from the beginning."""

    run: Run
    from_node: str = ""


@transaction.atomic
def run_start(
    *,
    actor: Actor,
    version: PipelineVersion,
    run_input: JsonObject,
    title: str = "",
    trigger: Trigger = Trigger.MANUAL,
    rerun: Rerun | None = None,
) -> Run:
    """Start a run of a published version and journal its first steps.

    Where its graph can't be run, the run is there all the same, and has failed.
    """
    require(actor, Permission.RUN, project_id=version.pipeline.project_id)
    run = Run.objects.create(
        id=new_id(), organization_id=actor.organization_id, project_id=version.pipeline.project_id,
        pipeline_id=version.pipeline_id, version=version, status=RunStatus.RUNNING, title=title[:300],
        input=run_input, trigger=trigger, created_by_id=actor.user_id,
        rerun_of=rerun.run if rerun else None, rerun_from=rerun.from_node if rerun else "",
    )  # fmt: skip
    error = start_error(version)
    if error is not None:
        transitions.begin_failed(run, error)
        return run
    if rerun is not None and rerun.from_node:
        _copy_outcomes(rerun, run)
    transitions.begin(run)
    return run


def run_rerun(*, actor: Actor, run: Run, from_node: str = "", newest: bool = False) -> Run:
    """Start a run again with the same input, on its own version or the newest.

    With `from_node` the outcomes before that node are taken over and are not carried out again.
    """
    version = latest_version(run.pipeline) if newest else run.version
    started = run_start(
        actor=actor, version=version, run_input=run.input, title=run.title, trigger=Trigger.RERUN,
        rerun=Rerun(run, from_node),
    )  # fmt: skip
    audit.record(actor=actor, action="run.rerun", target=started, after={"of": run.public_id, "from": from_node})
    return started


def run_cancel(*, actor: Actor, run: Run) -> None:
    """Stop a run. Raises RunFinished if it has ended already."""
    require(actor, Permission.RUN, project_id=run.project_id)
    transitions.cancel(run.pk, by=actor.label)
    audit.record(actor=actor, action="run.cancel", target=run)


def runs_cancel(*, actor: Actor, runs: list[Run]) -> int:
    """Stop those of `runs` that have not ended; return how many were stopped."""
    stopped = 0
    for run in runs:
        try:
            run_cancel(actor=actor, run=run)
        except RunFinished:
            continue
        stopped += 1
    return stopped


def step_answer(*, actor: Actor, run: Run, node_id: str, output: JsonObject) -> None:
    """Answer what a paused run waits for.

    Raises StepNotWaiting if the step does not wait, or no longer does, and AnswerRefused for what it does not take.
    """
    ensure_may_answer(actor=actor, run=run, node_id=node_id)
    transitions.wake(run.pk, node_id, Answered(output, by=actor.label))
    audit.record(actor=actor, action="run.answer", target=run, after={"node": node_id})


def latest_version(pipeline: Pipeline) -> PipelineVersion:
    """Return the version that new runs take; raise PipelineNotPublished for a pipeline that is only a draft."""
    if pipeline.latest is None:
        raise PipelineNotPublished(f"{pipeline.name} is a draft. Publish it, then start runs of it.")
    return pipeline.latest


def _copy_outcomes(rerun: Rerun, run: Run) -> None:
    """Give a new run the outcomes of an old one, but for a node and everything behind it."""
    graph = graph_of(run.version_id)
    if rerun.from_node not in graph.by_id:
        raise UnknownNode(f"This version has no step {rerun.from_node!r} to run again from.")
    repeated = {rerun.from_node, *graph.descendants(rerun.from_node)}
    newest = {
        step.node_id: step
        for step in StepRun.objects.filter(run=rerun.run, settled_seq__isnull=False).order_by("generation", "attempt")
    }
    kept = [
        step
        for step in newest.values()
        if step.node_id in graph.by_id and step.node_id not in repeated and step.status != StepStatus.FAILED
    ]
    StepRun.objects.bulk_create(
        StepRun(
            organization_id=run.organization_id, run=run, node_id=step.node_id,
            kind=step.kind, wave=step.wave, status=step.status, output=step.output, route=step.route,
            started_at=step.started_at, finished_at=step.finished_at, settled_seq=0,
        )
        for step in kept
    )  # fmt: skip
