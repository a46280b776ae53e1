"""Starting a run of any pipeline that is a graph of steps, as its dialect wants to be started."""

from django.db import transaction
from pydantic import JsonValue

from agents.schemas import value_problems
from console import audit
from console.access import Actor
from console.errors import Problem
from console.storable import unstorable
from orchestration.errors import RunInputInvalid
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, Run, Trigger
from orchestration.services.orchestration_runs import orchestration_run_start
from orchestration.services.runs import latest_version, run_start
from orchestration.services.stages import stages_start
from orchestration.views import graph_of


@transaction.atomic
def pipeline_start(*, actor: Actor, pipeline: Pipeline, run_input: JsonObject, title: str = "") -> Run:
    """Start a run of the newest version; raise Invalid with all that is wrong with the input."""
    if pipeline.dialect == Dialect.STAGES:
        return _start_stages(actor, pipeline, run_input)
    if pipeline.dialect == Dialect.NODES:
        return orchestration_run_start(
            actor=actor, pipeline=pipeline, run_input=run_input, title=title or pipeline.name, trigger=Trigger.MANUAL
        )
    version = latest_version(pipeline)
    schema = graph_of(version.pk).input_schema
    problems = [*(value_problems(schema, run_input) if schema else ()), *unstorable(run_input)]
    if problems:
        raise RunInputInvalid.of(problems)
    run = run_start(actor=actor, version=version, run_input=run_input, title=title or pipeline.name)
    audit.record(actor=actor, action="run.start", target=run, after={"pipeline": pipeline.name})
    return run


def _start_stages(actor: Actor, pipeline: Pipeline, run_input: JsonObject) -> Run:
    description, params = run_input.get("description"), run_input.get("params", {})
    if not isinstance(description, str) or not description.strip():
        raise RunInputInvalid.of([Problem("Say what is to be done.", "description")])
    given: dict[str, JsonValue] = params if isinstance(params, dict) else {}
    return stages_start(actor=actor, pipeline=pipeline, description=description, params=given)
