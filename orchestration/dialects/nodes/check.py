"""All that is wrong with an orchestration by itself, and all that looks like a mistake."""

from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue

from agents.schemas import schema_problems
from orchestration.dialects.nodes.findings import NodeFinding, error, warning
from orchestration.dialects.nodes.mistakes import mistakes
from orchestration.dialects.nodes.parse import NODE_TYPES
from orchestration.dialects.nodes.shape import NodeShape
from orchestration.dialects.nodes.written import Written
from orchestration.expressions import BadExpression, is_path, parse_path
from orchestration.expressions import check as check_rule
from orchestration.fold import ARTIFACTS
from orchestration.graph import JsonObject
from orchestration.steps.configured import PRESERVE, as_configured
from orchestration.steps.registry import step_kind
from orchestration.validation import Severity, find_cycle

#: Keys of the state that the engine writes and no mapping may.
RESERVED = (ARTIFACTS, "input")


def check(definition: JsonObject) -> list[NodeFinding]:
    """Return what is wrong with a definition of the right shape, errors first; raise PipelineInvalid for another."""
    written = Written(definition)
    errors = [*_id_errors(written), *_node_errors(written), *_schema_errors(written)]
    dangling = list(_dangling(written))
    errors += [*dangling, *_group_errors(written)]
    cycle = () if dangling else find_cycle(written.graph)
    if cycle:
        way = " → ".join([*cycle, cycle[0]])
        message = f"The nodes form a circle: {way}. Take one of its edges out."
        errors.append(NodeFinding(Severity.ERROR, message, ("edges",), is_cycle=True))
    found = [*errors, *_unknown_settings(written), *([] if cycle or dangling else mistakes(written))]
    return sorted(found, key=lambda item: item.severity is Severity.WARNING)


def _id_errors(written: Written) -> Iterator[NodeFinding]:
    counts = Counter(node.id for node in written.shape.nodes)
    seen: set[str] = set()
    for at, node in enumerate(written.shape.nodes):
        if counts[node.id] > 1 and node.id in seen:
            yield error(f"{counts[node.id]} nodes have the id {node.id!r}. Give each its own.", "nodes", at, "id")
        seen.add(node.id)


def _node_errors(written: Written) -> Iterator[NodeFinding]:
    for at, node in enumerate(written.shape.nodes):
        if node.type not in NODE_TYPES:
            known = ", ".join(sorted(NODE_TYPES))
            yield error(f"There is no type of node {node.type!r}. Use one of: {known}.", "nodes", at, "type")
        else:
            yield from _setting_errors(written, at, node)
        yield from _mapping_errors(written, at, node)


def _setting_errors(written: Written, at: int, node: NodeShape) -> Iterator[NodeFinding]:
    kind = as_configured(step_kind(node.type))
    if kind is not None:
        for problem in kind.own_problems(written.graph.nodes[at]):
            yield error(problem.message, *written.at("nodes", at, *problem.path))


def _mapping_errors(written: Written, at: int, node: NodeShape) -> Iterator[NodeFinding]:
    for key, value in (node.input_mapping or {}).items():
        if message := _input_problem(value):
            yield error(message, *written.at("nodes", at, "input_mapping"), key)
    for key, target in (node.output_mapping or {}).items():
        if message := _target_problem(target):
            yield error(message, *written.at("nodes", at, "output_mapping"), key)


def _input_problem(value: JsonValue) -> str | None:
    """Return what is wrong with a value of an input mapping: a text that is no path, or a rule that is none."""
    if isinstance(value, str) and not is_path(value):
        return f'{value!r} is not a path. Write $.key or state.key, or {{"{PRESERVE}": …}} for the text itself.'
    if isinstance(value, str):
        return _path_problem(value)
    if isinstance(value, dict) and len(value) == 1 and PRESERVE not in value:
        return next(iter(check_rule(value)), None)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = (_input_problem(item) for item in inner if not isinstance(item, str) or is_path(item))
    return next((message for message in found if message), None)


def _target_problem(target: str) -> str | None:
    if problem := _path_problem(target):
        return problem
    keys = parse_path(target)
    if keys and keys[0] in RESERVED:
        return f"state.{keys[0]} is kept by the run itself. Write to another place."
    return None


def _path_problem(path: str) -> str | None:
    try:
        parse_path(path)
    except BadExpression as wrong:
        return str(wrong)
    return None


def _schema_errors(written: Written) -> Iterator[NodeFinding]:
    for name, schema in (
        ("state_schema", written.shape.state_schema),
        ("input_schema", written.shape.input_schema),
    ):
        for problem in schema_problems(schema) if schema is not None else ():
            yield error(problem.message, *written.at(name), *problem.path)


def _dangling(written: Written) -> Iterator[NodeFinding]:
    for at, edge in enumerate(written.shape.edges):
        for name, verb, node_id in (("from", "starts at", edge.source), ("to", "leads to", edge.target)):
            if node_id not in written.by_id:
                message = f"The edge {verb} {node_id!r}, and there is no such node."
                yield error(message, *written.at("edges", at, name))


def _group_errors(written: Written) -> Iterator[NodeFinding]:
    first: dict[tuple[str, str], str] = {}
    for at, edge in enumerate(written.shape.edges):
        if edge.activation_group is None or edge.activation_condition is None:
            continue
        said = first.setdefault((edge.target, edge.activation_group), edge.activation_condition)
        if said != edge.activation_condition:
            message = f"Another edge of the group {edge.activation_group!r} says {said}. A group waits for one or all."
            yield error(message, *written.at("edges", at, "activation_condition"))


def _unknown_settings(written: Written) -> Iterator[NodeFinding]:
    for at, node in enumerate(written.shape.nodes):
        kind = as_configured(step_kind(node.type)) if node.type in NODE_TYPES else None
        if kind is None:
            continue
        fields = kind.settings.model_fields
        known = {*fields, *(str(field.alias) for field in fields.values()), "description"}
        for name in node.extra:
            if name not in known:
                yield warning(f"A {node.type} node has no setting {name!r}. It is ignored.", "nodes", at, name)
    for at, edge in enumerate(written.shape.edges):
        for name in edge.extra:
            yield warning(f"An edge has no setting {name!r}. It is ignored.", "edges", at, name)
