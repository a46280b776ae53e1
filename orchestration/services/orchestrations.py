"""Orchestrations, whose every change is a version that runs at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from console import audit
from console.access import Actor, Permission, require
from console.storable import unstorable
from console.tenancy import InOrganization, ensure_owned
from orchestration.dialects.nodes import normalize, parse
from orchestration.dialects.nodes.check import check
from orchestration.dialects.nodes.errors import OrchestrationInvalid
from orchestration.dialects.nodes.findings import NodeFinding, error
from orchestration.dialects.nodes.parse import NODE_TYPES
from orchestration.dialects.nodes.shape import written_path
from orchestration.errors import PipelineInvalid
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline, PipelineVersion
from orchestration.services.pipelines import pipeline_create, pipeline_update
from orchestration.steps.configured import as_configured
from orchestration.steps.registry import step_kind
from orchestration.validation import Severity


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found in a definition, with nothing stored."""

    errors: tuple[NodeFinding, ...]
    warnings: tuple[NodeFinding, ...]

    @property
    def is_valid(self) -> bool:
        return not self.errors


@transaction.atomic
def orchestration_create(
    *, actor: Actor, project: InOrganization, name: str, definition: JsonObject, description: str = ""
) -> Pipeline:
    """Create an orchestration of the right shape. Whether it can be run is told when it is validated or run."""
    with _refusals():
        pipeline = pipeline_create(
            actor=actor, project=project, name=name, description=description, dialect_name=Dialect.NODES,
            definition=definition,
        )  # fmt: skip
    _add_version(actor, pipeline)
    return pipeline


@transaction.atomic
def orchestration_update(
    *, actor: Actor, pipeline: Pipeline, name: str, definition: JsonObject | None = None, description: str = ""
) -> Pipeline:
    """Change an orchestration. Another graph is another version; runs under way keep the one they started with.

    Without a definition the graph stays, and so does a draft of it that was not published yet.
    """
    locked = Pipeline.objects.select_for_update(of=("self",)).select_related("latest").get(pk=pipeline.pk)
    wanted = locked.draft if definition is None else definition
    with _refusals():
        changed = pipeline_update(actor=actor, pipeline=locked, name=name, description=description, definition=wanted)
    if changed.has_changes and definition is not None:
        _add_version(actor, changed)
    return changed


def definition_of(pipeline: Pipeline) -> JsonObject:
    """Return what a run would take: the latest version's definition, else the draft."""
    definition: JsonObject = pipeline.latest.definition if pipeline.latest else pipeline.draft
    return definition


def orchestration_validate(*, actor: Actor, project: InOrganization, definition: Mapping[str, object]) -> Validation:
    """Return all that is wrong with a definition, and all that looks like a mistake, and store nothing."""
    ensure_owned(actor, project)
    require(actor, Permission.EDIT_PIPELINES, project_id=project.pk)
    found = _findings(actor, dict(definition))  # type: ignore[arg-type]  # what came as JSON
    return Validation(
        tuple(item for item in found if item.severity is Severity.ERROR),
        tuple(item for item in found if item.severity is Severity.WARNING),
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """Give a refusal the code that programs know."""
    try:
        yield
    except PipelineInvalid as wrong:
        raise OrchestrationInvalid(wrong.message, problems=wrong.problems) from wrong


def _findings(actor: Actor, definition: JsonObject) -> list[NodeFinding]:
    unreadable = list(unstorable(definition))
    if unreadable:
        return [error(problem.message, *problem.path) for problem in unreadable]
    try:
        definition = normalize(definition)
    except PipelineInvalid as wrong:
        return [error(problem.message, *problem.path) for problem in wrong.problems]
    found = check(definition)
    told = {item.path[:2] for item in found if item.severity is Severity.ERROR}
    return [*found, *(item for item in _missing(actor, definition) if item.path[:2] not in told)]


def _missing(actor: Actor, definition: JsonObject) -> list[NodeFinding]:
    """Return what nodes name and is not there for them."""
    found: list[NodeFinding] = []
    for at, node in enumerate(parse(definition).nodes):
        kind = as_configured(step_kind(node.kind)) if node.kind in NODE_TYPES else None
        if kind is not None and not kind.own_problems(node):
            problems = kind.references(node, actor.organization_id)
            found += [
                error(problem.message, *written_path(definition, ("nodes", at, *problem.path))) for problem in problems
            ]
    return found


def _add_version(actor: Actor, pipeline: Pipeline) -> None:
    number = (pipeline.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    pipeline.latest = PipelineVersion.objects.create(
        organization_id=actor.organization_id, pipeline=pipeline, number=number, definition=pipeline.draft,
        graph=parse(pipeline.draft).model_dump(mode="json"), published_by=actor.label,
    )  # fmt: skip
    pipeline.has_changes = False
    pipeline.save(update_fields=["latest", "has_changes", "updated_at"])
    audit.record(actor=actor, action="pipeline.publish", target=pipeline, after={"version": number})
