"""What a node reads of the state: the paths in its mappings and rules."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from orchestration.dialects.nodes.findings import Place
from orchestration.dialects.nodes.shape import NodeShape
from orchestration.expressions import BadExpression, is_path, parse_path

#: Operators whose later arguments see an item and not the state.
_OVER_ITEMS = frozenset({"map", "filter", "all", "some", "none", "reduce"})
_RULES_OF_TYPE = {"transform": "expression", "condition": "expression", "poll": "exit_condition"}
#: What a poll's condition sees besides the state.
_LOCAL = frozenset({"response", "attempt"})


class Read(NamedTuple):
    """A path into the state, and where inside the node it stands."""

    keys: tuple[str, ...]
    place: Place


def reads_of(node: NodeShape) -> Iterator[Read]:
    """Yield what a node reads, as far as it is written out."""
    mapping = node.input_mapping or {}
    for key, value in mapping.items():
        for keys in _keys_in_value(value):
            yield Read(keys, ("input_mapping", key))
    rule = _RULES_OF_TYPE.get(node.type)
    if rule is not None:
        told = {*mapping, *(_LOCAL if node.type == "poll" else ())}
        yield from (Read(keys, (rule,)) for keys in _keys_in_rule(setting(node, rule)) if keys[0] not in told)
    collection = node.extra.get("collection", "state.items")
    if node.type == "loop" and isinstance(collection, str):
        path = collection if is_path(collection) else f"state.{collection}"
        yield from (Read(keys, ("collection",)) for keys in _keys_in_value(path))


def setting(node: NodeShape, name: str) -> JsonValue:
    """Return a setting of a node's kind, whichever way its name is written."""
    first, *rest = name.split("_")
    camel = first + "".join(part.title() for part in rest)
    return node.extra.get(name, node.extra.get(camel))


def _keys_in_value(value: JsonValue) -> Iterator[tuple[str, ...]]:
    if isinstance(value, str) and is_path(value):
        try:
            keys = parse_path(value)
        except BadExpression:
            return
        yield from [keys] if keys else []
    elif isinstance(value, dict) and len(value) == 1 and "preserve" not in value:
        yield from _keys_in_rule(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _keys_in_value(inner)


def _keys_in_rule(rule: JsonValue) -> Iterator[tuple[str, ...]]:
    if isinstance(rule, list):
        for inner in rule:
            yield from _keys_in_rule(inner)
    if not isinstance(rule, dict) or len(rule) != 1:
        return
    ((operator, arguments),) = rule.items()
    listed: list[JsonValue] = arguments if isinstance(arguments, list) else [arguments]
    if operator == "var":
        first = listed[0] if listed else None
        yield from [tuple(first.split("."))] if isinstance(first, str) and first else []
        yield from _keys_in_rule(listed[1:])
    elif operator in _OVER_ITEMS:
        yield from _keys_in_rule([*listed[:1], *listed[2:]])
    else:
        yield from _keys_in_rule(listed)
