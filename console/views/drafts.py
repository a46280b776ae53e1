"""A draft looked at without saving it: its graph, as far as it has one, and all that is wrong with it."""

import contextlib
from dataclasses import dataclass, field

from console.display.findings import Path, by_node
from console.display.graph_picture import NodeLook, Picture, picture
from console.errors import Invalid, Problem
from orchestration.dialects.nodes.check import check as check_nodes
from orchestration.dialects.registry import dialect
from orchestration.graph import Graph, JsonObject
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import checked_graph
from orchestration.steps.registry import STEP_KINDS
from orchestration.validation import Finding, Severity, validate


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a draft found. `graph` is None where its shape is wrong."""

    graph: Graph | None = None
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)

    def drawn(self, *, direction: str = "LR") -> Picture | None:
        """Return the picture of the graph with each problem at its node."""
        if self.graph is None:
            return None
        sentences = by_node(self.paths, [*self.errors, *self.warnings])
        invalid = by_node(self.paths, self.errors)
        looks = {node_id: NodeLook(problems=said, is_invalid=node_id in invalid) for node_id, said in sentences.items()}
        return picture(self.graph, looks, direction=direction)


def checked(pipeline: Pipeline, definition: JsonObject) -> Checked:
    """Check a definition as publishing it would, and for what looks like a mistake."""
    module = dialect(pipeline.dialect)
    draft = Pipeline(organization_id=pipeline.organization_id, project_id=pipeline.project_id, dialect=pipeline.dialect)
    try:
        draft.draft = module.normalize(definition)
        graph = module.parse(draft.draft)
    except Invalid as error:
        return Checked(errors=list(error.problems))
    paths = {node.id: module.path_of(draft.draft, node.id) for node in graph.nodes}
    errors, warnings = _found(draft, graph, paths)
    return Checked(graph, errors or _unpublishable(draft), warnings, paths)


def drawn(pipeline: Pipeline, definition: JsonObject) -> Picture | None:
    """Return the picture of a stored definition, without checking it; None where it can't be drawn."""
    with contextlib.suppress(Invalid):
        return picture(dialect(pipeline.dialect).parse(definition))
    return None


def _found(draft: Pipeline, graph: Graph, paths: dict[str, Path]) -> tuple[list[Problem], list[Problem]]:
    """Return the errors and the warnings that the definition alone gives rise to."""
    if draft.dialect == Dialect.NODES:
        said = [(item.severity, Problem(item.message, *item.path)) for item in check_nodes(draft.draft)]
    else:
        said = [(item.severity, _problem(item, paths)) for item in validate(graph, kinds=STEP_KINDS)]
    return (
        [problem for severity, problem in said if severity is Severity.ERROR],
        [problem for severity, problem in said if severity is Severity.WARNING],
    )


def _unpublishable(draft: Pipeline) -> list[Problem]:
    try:
        checked_graph(draft)
    except Invalid as error:
        return list(error.problems)
    return []


def _problem(finding: Finding, paths: dict[str, Path]) -> Problem:
    return Problem(finding.message, *(paths.get(finding.node_id, ()) if finding.node_id else ()))
