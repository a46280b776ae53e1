from django.db import IntegrityError, transaction
from django.utils import timezone

from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable
from console.tenancy import InOrganization, ensure_owned
from orchestration.dialects.registry import dialect
from orchestration.errors import PipelineInvalid, PipelineNameTaken, PresetReadOnly
from orchestration.graph import Graph, JsonObject
from orchestration.models import Dialect, Pipeline, PipelineVersion
from orchestration.presets import is_preset
from orchestration.steps.registry import STEP_KINDS, step_kind
from orchestration.validation import Severity, validate

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 5_000


def pipeline_create(
    *,
    actor: Actor,
    project: InOrganization,
    name: str,
    dialect_name: Dialect,
    definition: JsonObject,
    description: str = "",
) -> Pipeline:
    """Create a pipeline as a draft. Its shape must be right; what it names need not exist before it is published."""
    ensure_owned(actor, project)
    require(actor, Permission.EDIT_PIPELINES, project_id=project.pk)
    pipeline = Pipeline(organization_id=actor.organization_id, project_id=project.pk, dialect=dialect_name)
    _apply(pipeline, name=name, description=description, definition=definition)
    _save(pipeline)
    audit.record(actor=actor, action="pipeline.create", target=pipeline, after={"name": pipeline.name})
    return pipeline


def pipeline_update(
    *, actor: Actor, pipeline: Pipeline, name: str, definition: JsonObject, description: str = ""
) -> Pipeline:
    """Change the draft. Published versions and the runs that keep them stay as they are."""
    require(actor, Permission.EDIT_PIPELINES, project_id=pipeline.project_id)
    _ensure_own(pipeline)
    before = {"name": pipeline.name, "draft": pipeline.draft}
    _apply(pipeline, name=name, description=description, definition=definition)
    _save(pipeline)
    audit.record(
        actor=actor, action="pipeline.update", target=pipeline, before=before,
        after={"name": pipeline.name, "draft": pipeline.draft},
    )  # fmt: skip
    return pipeline


@transaction.atomic
def pipeline_publish(*, actor: Actor, pipeline: Pipeline) -> PipelineVersion:
    """Make an immutable version of the draft; raise PipelineInvalid with all its problems if it can't run.

    A draft that says the same as the latest version makes none: that version is returned.
    """
    require(actor, Permission.EDIT_PIPELINES, project_id=pipeline.project_id)
    pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    graph = checked_graph(pipeline)
    if pipeline.latest is not None and _says_the_same(pipeline.latest, pipeline, graph):
        return pipeline.latest
    number = (pipeline.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    version = PipelineVersion.objects.create(
        organization_id=actor.organization_id, pipeline=pipeline, number=number, definition=pipeline.draft,
        graph=graph.model_dump(mode="json"), published_by=actor.label,
    )  # fmt: skip
    pipeline.latest, pipeline.has_changes = version, False
    pipeline.save(update_fields=["latest", "has_changes", "updated_at"])
    audit.record(actor=actor, action="pipeline.publish", target=pipeline, after={"version": number})
    return version


def _says_the_same(version: PipelineVersion, pipeline: Pipeline, graph: Graph) -> bool:
    # A newer Callboard may make another graph of the same words: that is worth a version.
    return bool(version.definition == pipeline.draft and version.graph == graph.model_dump(mode="json"))


def pipeline_archive(*, actor: Actor, pipeline: Pipeline) -> None:
    """Take a pipeline out of the lists. Its runs stay readable."""
    require(actor, Permission.EDIT_PIPELINES, project_id=pipeline.project_id)
    _ensure_own(pipeline)
    pipeline.archived_at = timezone.now()
    pipeline.save(update_fields=["archived_at", "updated_at"])
    audit.record(actor=actor, action="pipeline.archive", target=pipeline)


def checked_graph(pipeline: Pipeline) -> Graph:
    """Return the graph of a draft; raise PipelineInvalid with all that keeps it from being published."""
    module = dialect(pipeline.dialect)
    graph = module.parse(pipeline.draft)
    problems = [
        Problem(finding.message, *(module.path_of(pipeline.draft, finding.node_id) if finding.node_id else ()))
        for finding in validate(graph, kinds=STEP_KINDS)
        if finding.severity is Severity.ERROR
    ]
    if not problems:
        for node in graph.nodes:
            place = module.path_of(pipeline.draft, node.id)
            problems += [
                Problem(problem.message, *place, *problem.path)
                for problem in step_kind(node.kind).problems(node, pipeline.organization_id)
            ]
    if problems:
        raise PipelineInvalid.of(problems)
    return graph


def _ensure_own(pipeline: Pipeline) -> None:
    """Raise PresetReadOnly for a template that came with Callboard."""
    if is_preset(pipeline):
        raise PresetReadOnly(f"{pipeline.name} comes with Callboard and stays as it is. Copy it and change the copy.")


def _apply(pipeline: Pipeline, *, name: str, description: str, definition: JsonObject) -> None:
    """Put a name, description and definition on a pipeline; raise PipelineInvalid with the problems of all three."""
    problems = [
        *_text_problems(name, description),
        *unstorable({**definition, "name": name, "description": description}),
    ]
    try:
        draft = dialect(pipeline.dialect).normalize(definition)
    except PipelineInvalid as error:
        raise PipelineInvalid.of([*problems, *error.problems]) from error
    if problems:
        raise PipelineInvalid.of(problems)
    pipeline.name, pipeline.description, pipeline.draft = name.strip(), description, draft
    pipeline.has_changes = pipeline.latest is None or draft != pipeline.latest.definition


def _text_problems(name: str, description: str) -> list[Problem]:
    problems = []
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        problems.append(Problem(f"Give the pipeline a name of at most {LONGEST_NAME} characters.", "name"))
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(Problem(f"Use at most {LONGEST_DESCRIPTION:,} characters.", "description"))
    return problems


def _save(pipeline: Pipeline) -> None:
    try:
        with transaction.atomic():
            pipeline.save()
    except IntegrityError as error:
        if "pipeline_name_in_project" not in str(error):
            raise
        raise PipelineNameTaken(
            f"There is a pipeline named {pipeline.name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this project.", "name")],
        ) from error
