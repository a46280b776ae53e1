"""From what was written to the graph that runs."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from orchestration.dialects.nodes.shape import EdgeShape, NodeShape, OrchestrationShape, RetryShape, read
from orchestration.expressions import is_path, label
from orchestration.graph import Advance, Edge, Graph, GroupCondition, JsonObject, Node, Reducer
from orchestration.retry import RetryPolicy
from orchestration.steps.configured import INPUT_RULES, STATE_SCHEMAS

#: The kinds of node there are: each is the kind of step of the same name.
NODE_TYPES = (
    "agent", "tool", "transform", "knowledge", "memory_write", "condition", "human", "delay", "poll", "loop",
    "sub_orchestration", "approval", "emit_event", "wait_event",
)  # fmt: skip
#: Types that take an unlabelled edge by one label only: what follows an approval runs only if it was given.
_LABEL_OF_UNLABELLED = {"approval": "approved"}
#: What the dialect sets for a kind that others know, too.
_CONFIG_OF_TYPE: Mapping[str, JsonObject] = {"transform": {"result_key": "result"}}


def normalize(definition: JsonObject) -> JsonObject:
    """Return the definition with its four parts, each as it was sent; raise PipelineInvalid if its shape is wrong."""
    read(definition)
    spellings = {"state_schema": "stateSchema", "input_schema": "inputSchema"}
    schemas = {name: definition.get(name, definition.get(camel)) for name, camel in spellings.items()}
    return {"nodes": definition.get("nodes", []), "edges": definition.get("edges", []), **schemas}


def parse(definition: JsonObject) -> Graph:
    """Return the graph of a definition of the right shape, whether it can be run or not."""
    shape = read(definition)
    types = {node.id: node.type for node in shape.nodes}
    conditions = group_conditions(shape)
    return Graph(
        nodes=tuple(_node(node, shape) for node in shape.nodes),
        edges=tuple(_edge(edge, types, conditions) for edge in shape.edges),
        state_schema=shape.state_schema, input_schema=shape.input_schema, advance=Advance.ROUNDS,
    )  # fmt: skip


def path_of(definition: JsonObject, node_id: str) -> tuple[str | int, ...]:
    nodes = definition["nodes"]
    ids = [node.get("id") for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []
    return ("nodes", ids.index(node_id))


def edge_label(edge: EdgeShape) -> str | None:
    """Return what a source must choose for the edge to be taken; None where it always is."""
    return None if edge.condition is None else label(edge.condition)


def group_conditions(shape: OrchestrationShape) -> dict[tuple[str, str], GroupCondition]:
    """Return what each group of edges waits for, by target and name: all, unless an edge of it says any."""
    found: dict[tuple[str, str], GroupCondition] = {}
    for edge in shape.edges:
        if edge.activation_group is not None and edge.activation_condition is not None:
            found.setdefault((edge.target, edge.activation_group), GroupCondition(edge.activation_condition))
    return found


def _node(node: NodeShape, shape: OrchestrationShape) -> Node:
    inputs = node.input_mapping or {}
    paths = {key: value for key, value in inputs.items() if isinstance(value, str) and is_path(value)}
    rules = {key: value for key, value in inputs.items() if key not in paths}
    outputs = node.output_mapping or {}
    config: JsonObject = {**node.extra, **_CONFIG_OF_TYPE.get(node.type, {})}
    if rules:
        config[INPUT_RULES] = rules
    if schemas := _state_schemas(node, shape.state_schema):
        config[STATE_SCHEMAS] = schemas
    return Node(
        id=node.id, kind=node.type, name=node.name or "", config=config, input_mapping=paths, output_mapping=outputs,
        retry=_retry(node.retry), timeout_seconds=node.timeout, continue_on_fail=node.continue_on_fail,
        reducer=node.reducer, position=node.position,
    )  # fmt: skip


def _retry(retry: RetryShape) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=retry.max_attempts, backoff=retry.backoff.strategy, initial_delay_ms=retry.backoff.delay_ms,
        longest_delay_ms=retry.backoff.max_delay_ms,
    )  # fmt: skip


def _edge(edge: EdgeShape, types: Mapping[str, str], conditions: Mapping[tuple[str, str], GroupCondition]) -> Edge:
    chosen = edge_label(edge)
    if chosen is None:
        chosen = _LABEL_OF_UNLABELLED.get(types.get(edge.source, ""))
    group = edge.activation_group
    condition = conditions.get((edge.target, group), GroupCondition.ALL) if group else GroupCondition.ALL
    return Edge(source=edge.source, target=edge.target, label=chosen, group=group, condition=condition)


def _state_schemas(node: NodeShape, state_schema: dict[str, Any] | None) -> dict[str, JsonValue]:
    """Return the schema of each place that the node writes to by itself, by the output's path."""
    if not state_schema or node.reducer is not Reducer.OVERRIDE:
        return {}
    found = {path: schema_at(state_schema, target) for path, target in (node.output_mapping or {}).items()}
    return {path: schema for path, schema in found.items() if schema is not None}


def schema_at(state_schema: dict[str, Any], target: str) -> JsonObject | None:
    """Return what a schema says of a path such as `state.a.b`, with what its references need; None for nothing."""
    place: Any = state_schema
    for key in target.split(".")[1:]:
        properties = place.get("properties") if isinstance(place, dict) else None
        place = properties.get(key) if isinstance(properties, dict) else None
    if not isinstance(place, dict) or place is state_schema:
        return None
    shared = {name: state_schema[name] for name in ("$defs", "definitions") if name in state_schema}
    return {**shared, **place}
