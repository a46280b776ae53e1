"""The labels that a node may choose its edges by, as far as its settings tell."""

from pydantic import JsonValue

from orchestration.dialects.nodes.shape import NodeShape
from orchestration.expressions import label

_BOOLEAN_OPERATORS = frozenset({"==", "===", "!=", "!==", "<", "<=", ">", ">=", "!", "!!", "in", "all", "some", "none"})
_APPROVAL_LABELS = frozenset({"approved", "rejected", "expired"})


def labels_of(node: NodeShape) -> frozenset[str] | None:
    """Return the labels that a node may choose; None where anything may come out, no label where it chooses none."""
    match node.type:
        case "condition":
            return labels_of_rule(node.extra.get("expression"))
        case "approval":
            return _APPROVAL_LABELS
        case _:
            return frozenset()


def labels_of_rule(rule: JsonValue) -> frozenset[str] | None:
    """Return the labels that a rule's result may be; None where anything may come out."""
    match rule:
        case {"if": [*arguments], **others} if not others:
            return _labels_of_if(arguments)
        case dict() if len(rule) == 1 and next(iter(rule)) in _BOOLEAN_OPERATORS:
            return frozenset({"true", "false"})
        case dict() | list():
            return None
        case _:
            return frozenset({label(rule)})


def _labels_of_if(arguments: list[JsonValue]) -> frozenset[str] | None:
    """Return the labels of every branch: each second argument, and the last where it stands alone or else null."""
    branches = arguments[1::2]
    branches.append(arguments[-1] if len(arguments) % 2 else None)
    found = [labels_of_rule(branch) for branch in branches]
    known = [labels for labels in found if labels is not None]
    return frozenset().union(*known) if len(known) == len(found) else None
