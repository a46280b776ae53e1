"""Evaluates CEL that was read by celpy, with celpy's own evaluator, under a budget and on JSON's values alone.

The evaluator is made to count: each node of the tree, each value that comes in or out, and the size of what an operator
compares or makes. Operators that Python would apply to more than CEL knows (a text times a number) are replaced.
"""

import logging
import math
import operator
import time
from collections.abc import Callable, Mapping
from typing import Any

from celpy import celtypes
from celpy.evaluation import Activation, CELEvalError, Evaluator, base_functions
from lark import Token, Tree
from pydantic import JsonValue

from orchestration.expressions import BadExpression

#: Whatever the budget says, an evaluation that takes longer than this is ended.
MOST_SECONDS = 1.0
_LOOKS_AT_THE_CLOCK_EVERY = 256
_CHARACTERS_A_STEP = 64
_STEPS_AN_ITEM = 30
_LARGEST_INTEGER = 2**63 - 1

#: The functions that expressions may call; the rest of CEL's are about times and protocol buffers.
FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "bool", "double", "int", "string", "uint"}
)

# Its messages hold the values of the state, which belong in no log.
logging.getLogger("celpy").setLevel(logging.CRITICAL)


class OverBudget(Exception):  # not a ValueError: celpy takes those for values
    """The evaluation takes more operations, or more time, than it may."""


class Meter:
    """Counts down what an evaluation may still do."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._until = time.monotonic() + MOST_SECONDS
        self._looks_in = _LOOKS_AT_THE_CLOCK_EVERY

    def spend(self, steps: int = 1) -> None:
        """Raise OverBudget when the budget or the time is used up."""
        self._left -= steps
        self._looks_in -= 1
        if self._looks_in <= 0:
            self._looks_in = _LOOKS_AT_THE_CLOCK_EVERY
            if time.monotonic() > self._until:
                raise OverBudget
        if self._left < 0:
            raise OverBudget

    def weigh(self, value: object) -> None:
        """Spend as many steps as a value has parts, and more for long texts."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self.spend(1 + len(item) // _CHARACTERS_A_STEP if isinstance(item, str | bytes) else 1)
            if isinstance(item, list):
                waiting.extend(item)
            elif isinstance(item, dict):
                waiting.extend(item.values())


def to_cel(value: JsonValue, meter: Meter) -> Any:  # noqa: PLR0911  # a line a type
    """Return a JSON value as celpy's own. Integers that CEL has no room for become floating-point numbers."""
    meter.spend()
    match value:
        case None:
            return None
        case bool():
            return celtypes.BoolType(value)
        case int():
            return celtypes.IntType(value) if abs(value) <= _LARGEST_INTEGER else celtypes.DoubleType(float(value))
        case float():
            return celtypes.DoubleType(value)
        case str():
            return celtypes.StringType(value)
        case list():
            return celtypes.ListType([to_cel(item, meter) for item in value])
        case dict():
            return celtypes.MapType({celtypes.StringType(key): to_cel(item, meter) for key, item in value.items()})


def from_cel(value: Any, meter: Meter) -> JsonValue:  # noqa: PLR0911  # a line a type
    """Return one of celpy's values as JSON; raise BadExpression for one that JSON does not have."""
    meter.weigh(value if isinstance(value, str) else None)
    match value:
        case None:
            return None
        case celtypes.BoolType():
            return bool(value)
        case celtypes.IntType() | celtypes.UintType():
            return int(value)
        case celtypes.DoubleType() if math.isfinite(value):
            return float(value)
        case celtypes.StringType():
            return str(value)
        case celtypes.ListType():
            return [from_cel(item, meter) for item in value]
        case celtypes.MapType():
            return {str(from_cel(key, meter)): from_cel(item, meter) for key, item in value.items()}
        case _:
            raise BadExpression("The expression gives no text, number, truth value, list or object.")


def result_of(tree: Tree[Token], values: Mapping[str, Any], meter: Meter) -> Any:
    """Return what a tree gives over named values; raise CELEvalError, OverBudget, and whatever celpy lets through."""
    activation = Activation(vars=values, functions={**base_functions, **_Operators(meter).table()})
    return _Metered(tree, activation, meter).evaluate()


class _Metered(Evaluator):
    """celpy's evaluator, one step of the budget a node. Nodes that only lead to another are passed by."""

    def __init__(self, ast: Tree[Token], activation: Activation, meter: Meter) -> None:
        super().__init__(ast, activation)
        self._meter = meter

    def set_activation(self, values: Mapping[str, Any]) -> "_Metered":
        # Called for each item of a macro, with all names copied: that takes as long as so many nodes.
        self._meter.spend(_STEPS_AN_ITEM)
        super().set_activation(values)
        return self

    def sub_evaluator(self, ast: Tree[Token]) -> "_Metered":
        return _Metered(ast, self.activation, self._meter)

    def _visit_tree(self, tree: Tree[Token]) -> Any:
        self._meter.spend()
        while tree.data in _PASSES_ON and len(tree.children) == 1 and isinstance(tree.children[0], Tree):
            tree = tree.children[0]
        value = super()._visit_tree(tree)
        if tree.data in _MAKES:
            self._meter.weigh(value)
        return value


_PASSES_ON = frozenset(
    {"expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication", "unary", "member"}
)
#: What makes lists and maps: without their weight, a short expression could double one fifty times over.
_MAKES = frozenset({"exprlist", "mapinits", "addition"})


class _Operators:
    """The operators that are not Python's own: on the types that CEL has them for, and weighed."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def table(self) -> dict[str, Callable[..., Any]]:
        return {
            "_==_": self._equal,
            "_!=_": self._unequal,
            "_in_": self._is_in,
            "contains": self._contains,
            "_<_": self._compared(operator.lt),
            "_<=_": self._compared(operator.le),
            "_>_": self._compared(operator.gt),
            "_>=_": self._compared(operator.ge),
            "_+_": self._sum,
            "_-_": self._of_numbers(operator.sub),
            "_*_": self._of_numbers(operator.mul),
            "_/_": self._of_numbers(operator.truediv),
            "_%_": self._of_numbers(operator.mod),
            "_[_]": self._item,
        }

    def _equal(self, left: Any, right: Any) -> Any:
        """Return whether two values are the same; numbers by what they count, values of unlike types never."""
        if error := _error_of(left, right):
            return error
        self._meter.weigh(left)
        self._meter.weigh(right)
        return celtypes.BoolType(_are_equal(left, right))

    def _unequal(self, left: Any, right: Any) -> Any:
        found = self._equal(left, right)
        return found if isinstance(found, CELEvalError) else celtypes.BoolType(not found)

    def _is_in(self, item: Any, container: Any) -> Any:
        if error := _error_of(item, container):
            return error
        self._meter.weigh(container)
        if isinstance(container, celtypes.ListType | celtypes.MapType):
            return celtypes.BoolType(any(_are_equal(item, other) for other in container))
        raise TypeError("`in` looks in lists and maps; use contains() for texts")

    def _contains(self, container: Any, item: Any) -> Any:
        if isinstance(container, str) and isinstance(item, str):
            self._meter.weigh(container)
            return celtypes.BoolType(item in container)
        return self._is_in(item, container)

    def _compared(self, compare: Callable[[Any, Any], bool]) -> Callable[..., Any]:
        def compared(left: Any, right: Any) -> Any:
            if error := _error_of(left, right):
                return error
            if not (_is_number(left) and _is_number(right)) and not (isinstance(left, str) and isinstance(right, str)):
                raise TypeError("only numbers and texts have an order")
            return celtypes.BoolType(compare(_plain(left), _plain(right)))

        return compared

    def _sum(self, left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return celtypes.StringType(str(left) + str(right))
        if isinstance(left, list) and isinstance(right, list):
            return celtypes.ListType([*left, *right])
        return self._of_numbers(operator.add)(left, right)

    def _of_numbers(self, compute: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        """Return an operator on numbers. Where one of them is not whole, neither is the result."""

        def computed(left: Any, right: Any) -> Any:
            if error := _error_of(left, right):
                return error
            if not (_is_number(left) and _is_number(right)):
                raise TypeError("only numbers can be computed with")
            if isinstance(left, float) or isinstance(right, float):
                return celtypes.DoubleType(compute(float(left), float(right)))
            return compute(left, right)

        return computed

    def _item(self, container: Any, index: Any) -> Any:
        if error := _error_of(container, index):
            return error
        if isinstance(container, celtypes.ListType) and (not isinstance(index, celtypes.IntType) or index < 0):
            raise IndexError("a list is indexed by a number from 0 on")
        if not isinstance(container, celtypes.ListType | celtypes.MapType):
            raise TypeError("only lists and maps have items")
        return container[index]


def _error_of(*values: Any) -> CELEvalError | None:
    return next((value for value in values if isinstance(value, CELEvalError)), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, celtypes.BoolType)


def _plain(value: Any) -> Any:
    """Return a number or text as Python's own, which compares whatever the kinds of numbers."""
    return float(value) if isinstance(value, float) else int(value) if isinstance(value, int) else str(value)


def _are_equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(_plain(left) == _plain(right))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_are_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_are_equal(left[key], right[key]) for key in left)
    if isinstance(left, celtypes.BoolType) and isinstance(right, celtypes.BoolType):
        return bool(left) is bool(right)
    if isinstance(left, str) and isinstance(right, str):
        return str(left) == str(right)
    return left is None and right is None
