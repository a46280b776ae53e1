"""Pipelines of steps, checked without being stored."""

from dataclasses import dataclass

from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable
from console.tenancy import InOrganization, ensure_owned
from orchestration.dialects.registry import dialect
from orchestration.errors import PipelineInvalid
from orchestration.graph import JsonObject
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import checked_graph
from orchestration.validation import Severity, validate


@dataclass(frozen=True, slots=True)
class Checked:
    """What keeps a definition from being published, and what about it may be a mistake."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def steps_validate(*, actor: Actor, project: InOrganization, definition: JsonObject) -> Checked:
    """Return all that publishing a pipeline of steps would find, with nothing stored."""
    ensure_owned(actor, project)
    require(actor, Permission.EDIT_PIPELINES, project_id=project.pk)
    if found := list(unstorable(definition)):
        return Checked(tuple(found))
    module = dialect(Dialect.STEPS)
    try:
        draft = module.normalize(definition)
        graph = checked_graph(Pipeline(organization_id=actor.organization_id, dialect=Dialect.STEPS, draft=draft))
    except PipelineInvalid as error:
        return Checked(tuple(error.problems))
    warnings = (
        Problem(finding.message, *(module.path_of(draft, finding.node_id) if finding.node_id else ()))
        for finding in validate(graph, kinds={node.kind for node in graph.nodes})
        if finding.severity is Severity.WARNING
    )
    return Checked((), tuple(warnings))
