"""Stage templates and their runs: what can be done with them beyond what every pipeline can."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from pydantic import JsonValue

from console import audit
from console.access import Actor
from console.errors import Problem
from console.ids import to_public
from console.storable import unstorable
from console.tenancy import InOrganization
from orchestration import transitions
from orchestration.deciding import ensure_may_answer
from orchestration.dialects.stages import parameters_of
from orchestration.dialects.stages.parameters import filled
from orchestration.errors import AlreadyDecided, RunInputInvalid, StepNotWaiting
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, PipelineVersion, Run, StepRun, Trigger
from orchestration.presets import definition_of
from orchestration.services.pipelines import (
    LONGEST_NAME,
    pipeline_create,
    pipeline_publish,
    pipeline_update,
)
from orchestration.services.runs import latest_version, run_start
from orchestration.states import StepStatus
from orchestration.steps.base import Answered

LONGEST_TASK = 50_000


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """What a template is called and says of itself."""

    name: str
    description: str = ""


@transaction.atomic
def template_create(*, actor: Actor, project: InOrganization, words: TemplateWords, definition: JsonObject) -> Pipeline:
    """Create a template and publish it; raise PipelineInvalid with all that keeps it from running."""
    pipeline = pipeline_create(
        actor=actor, project=project, name=words.name, description=words.description, dialect_name=Dialect.STAGES,
        definition=definition,
    )  # fmt: skip
    return _published(actor, pipeline)


@transaction.atomic
def template_update(*, actor: Actor, pipeline: Pipeline, words: TemplateWords, definition: JsonObject) -> Pipeline:
    """Change a template and publish what changed. Runs under way keep the version they started with."""
    pipeline = pipeline_update(
        actor=actor, pipeline=pipeline, name=words.name, description=words.description, definition=definition
    )
    return _published(actor, pipeline) if pipeline.has_changes else pipeline


@transaction.atomic
def template_copy(*, actor: Actor, pipeline: Pipeline, name: str = "") -> Pipeline:
    """Make a template of one's own from another, such as one of the presets."""
    words = TemplateWords(name or _name_of_copy(pipeline), pipeline.description)
    return template_create(actor=actor, project=pipeline.project, words=words, definition=definition_of(pipeline))


def stages_start(
    *,
    actor: Actor,
    pipeline: Pipeline,
    description: str,
    params: Mapping[str, JsonValue] | None = None,
    trigger: Trigger = Trigger.MANUAL,
) -> Run:
    """Start a run of a template's newest version; raise RunInputInvalid with all that is wrong with what was given."""
    version = latest_version(pipeline)
    run = run_start(
        actor=actor, version=version, run_input=stages_input(version, description, params or {}),
        title=_first_line(description) or pipeline.name, trigger=trigger,
    )  # fmt: skip
    audit.record(actor=actor, action="run.start", target=run, after={"pipeline": pipeline.name})
    return run


def stages_input(version: PipelineVersion, description: str, params: Mapping[str, JsonValue]) -> JsonObject:
    """Return the input of a run, defaults filled in; raise RunInputInvalid."""
    values, problems = filled(parameters_of(version.definition), params)
    if len(description) > LONGEST_TASK:
        problems.append(Problem(f"Use at most {LONGEST_TASK:,} characters.", "description"))
    problems += unstorable({"description": description, "params": dict(params)})
    if problems:
        raise RunInputInvalid.of(problems)
    return {"description": description, "params": values}


def gate_decide(*, actor: Actor, run: Run, node_id: str, decision: str, comment: str = "") -> None:
    """Decide at a gate, or about a check that was not passed.

    Raises NotAllowed for somebody who is not to decide, AlreadyDecided, which names who did and what, for whoever comes
    second, and AnswerRefused for a decision that is not offered.
    """
    ensure_may_answer(actor=actor, run=run, node_id=node_id)
    output: JsonObject = {"decision": decision, "comment": comment}
    try:
        transitions.wake(run.pk, node_id, Answered(output, by=actor.label))
    except StepNotWaiting as error:
        raise _already_decided(run, node_id) or error from error
    audit.record(actor=actor, action="gate.decide", target=run, after={"node": node_id, **output})


def _published(actor: Actor, pipeline: Pipeline) -> Pipeline:
    pipeline_publish(actor=actor, pipeline=pipeline)
    published: Pipeline = Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk)
    return published


def _name_of_copy(pipeline: Pipeline) -> str:
    """Return a name that is free: “Copy of …”, numbered where there are copies already."""
    plain = f"Copy of {pipeline.name}"[: LONGEST_NAME - 5]
    taken = set(
        Pipeline.objects.filter(project_id=pipeline.project_id, name__startswith=plain, archived_at=None).values_list(
            "name", flat=True
        )
    )
    names = [plain, *(f"{plain} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _already_decided(run: Run, node_id: str) -> AlreadyDecided | None:
    """Return the error that tells who decided; None where nobody has."""
    decided = StepRun.objects.filter(run=run, node_id=node_id, status=StepStatus.COMPLETED).order_by("-id").first()
    found = _decision_of(decided.output) if decided else None
    if decided is None or found is None or decided.finished_at is None:
        return None
    return AlreadyDecided(
        f"{found['by']} decided this already: {found['decision']}.",
        details={
            "by": found["by"], "decision": found["decision"], "comment": found.get("comment", ""),
            "at": decided.finished_at.isoformat(), "run": to_public(Run.ID_PREFIX, run.pk), "step": decided.public_id,
        },
    )  # fmt: skip


def _decision_of(output: JsonValue) -> JsonObject | None:
    """Return the decision in the output of a gate, or in that of a check a person decided about."""
    if not isinstance(output, dict):
        return None
    inner = output.get("decided")
    found = inner if isinstance(inner, dict) else output
    return found if "decision" in found else None


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:300] if lines else ""
