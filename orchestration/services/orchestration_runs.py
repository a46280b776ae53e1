"""Runs of orchestrations: starting them, answering what they wait for, stopping them."""

from django.db import transaction
from pydantic import JsonValue

from agents.schemas import value_problems
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable
from orchestration.deciding import ensure_may_answer
from orchestration.dialects.nodes.errors import (
    HumanInputInvalid,
    HumanNodeMismatch,
    RunInputRefused,
    RunNotCancellable,
    RunNotPaused,
)
from orchestration.errors import RunFinished, StepNotWaiting
from orchestration.graph import JsonObject
from orchestration.models import Pipeline, PipelineVersion, Run, StepRun, Trigger
from orchestration.services.runs import latest_version, run_cancel, run_start, step_answer
from orchestration.startable import start_error
from orchestration.states import RunStatus, StepStatus
from orchestration.steps.base import PASSING_WAITS
from orchestration.views import graph_of


@transaction.atomic
def orchestration_run_start(
    *, actor: Actor, pipeline: Pipeline, run_input: JsonObject, title: str = "", trigger: Trigger = Trigger.API
) -> Run:
    """Start a run of the latest version. One whose graph can't be run is created all the same, and has failed.

    Raises RunInputRefused with a problem for each part of the input that does not fit a schema.
    """
    require(actor, Permission.RUN, project_id=pipeline.project_id)
    version = latest_version(pipeline)
    if problems := list(unstorable({"input": run_input})):
        raise RunInputRefused.of(problems)
    if start_error(version) is None:
        _ensure_fits(version, run_input)
    title = title or pipeline.name
    run = run_start(actor=actor, version=version, run_input=run_input, title=title, trigger=trigger)
    audit.record(actor=actor, action="run.start", target=run, after={"pipeline": pipeline.name})
    return run


def orchestration_run_cancel(*, actor: Actor, run: Run) -> None:
    try:
        run_cancel(actor=actor, run=run)
    except RunFinished as error:
        raise RunNotCancellable(f"The run is {run.status} already, so there is nothing to cancel.") from error


def orchestration_run_resume(*, actor: Actor, run: Run) -> None:
    """Look again at a paused run. It goes on by an answer, an event or its time; raise RunNotPaused for another."""
    require(actor, Permission.RUN, project_id=run.project_id)
    if run.status != RunStatus.PAUSED:
        raise RunNotPaused(f"The run is {run.status}, so there is nothing to resume.")


def human_input_submit(*, actor: Actor, run: Run, node_id: JsonValue, output: JsonValue) -> None:
    """Answer the node that a paused run waits at. Without an output the answer is an empty object.

    Raises RunNotPaused, HumanInputInvalid or HumanNodeMismatch where there is no such question.
    """
    require(actor, Permission.RUN, project_id=run.project_id)
    if not isinstance(node_id, str) or not node_id:
        raise HumanInputInvalid.of([Problem("Name the node that is answered: node_id.", "node_id")])
    output = {} if output is None else output
    if not isinstance(output, dict):
        raise HumanInputInvalid.of([Problem('Give the answer as an object, such as {"answer": …}.', "output")])
    if problems := list(unstorable({"output": output})):
        raise RunInputRefused.of(problems)
    waiting = _waiting_nodes(run)
    if run.status != RunStatus.PAUSED and not waiting:
        raise RunNotPaused(f"The run is {run.status} and waits for no answer.")
    if node_id not in waiting:
        named = ", ".join(waiting) or "nothing that can be answered"
        raise HumanNodeMismatch(f"The run does not wait at {node_id!r}. It waits for {named}.")
    ensure_may_answer(actor=actor, run=run, node_id=node_id)
    try:
        step_answer(actor=actor, run=run, node_id=node_id, output=output)
    except StepNotWaiting as error:
        raise RunNotPaused(f"{node_id!r} was answered by somebody else just now.") from error


#: Waits that are no questions to anybody.
_NOT_ANSWERED = PASSING_WAITS | {"event"}


def _waiting_nodes(run: Run) -> list[str]:
    rows = StepRun.objects.filter(run=run, status=StepStatus.WAITING).exclude(waiting_for__type__in=[*_NOT_ANSWERED])
    return list(rows.order_by("id").values_list("node_id", flat=True))


def _ensure_fits(version: PipelineVersion, run_input: JsonObject) -> None:
    graph = graph_of(version.pk)
    problems = [*value_problems(graph.input_schema or {}, run_input, "input")]
    properties = (graph.state_schema or {}).get("properties")
    # The input is the state that the run begins with, as far as it says anything.
    if isinstance(properties, dict) and graph.state_schema is not None:
        parts = {key: value for key, value in graph.state_schema.items() if key in {"properties", "$defs"}}
        problems += value_problems(parts, run_input, "input")
    if problems:
        raise RunInputRefused.of(list(dict.fromkeys(problems)))
