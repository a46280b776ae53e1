"""CEL expressions over the state: how a router chooses, in Google's Common Expression Language.

An expression is data, never code. It is read and checked before it runs, and runs under a budget of operations, so
that a hostile one ends in `BadExpression` and not in a hung worker. What is understood is the part of CEL that JSON
has values for (docs/decisions/0601-cel.md): no timestamps, durations or protocol buffers, and nothing that knows the
time of day.
"""

import functools
import re
from collections.abc import Iterator

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree
from pydantic import JsonValue

from orchestration.cel_evaluation import FUNCTIONS, Meter, OverBudget, from_cel, result_of, to_cel
from orchestration.expressions import BadExpression
from orchestration.graph import JsonObject

MOST_CHARACTERS = 4_096
MOST_DEPTH = 32
#: Steps of an evaluation: a condition of five operators takes about sixty, each item that a macro looks at forty.
BUDGET = 50_000

#: The whole state, where the state has no such key of its own.
STATE = "state"
_MACROS = frozenset({"map", "filter", "all", "exists", "exists_one"})
_BINDING_ARGUMENTS = 2
_COMMENT_OR_TEXT = re.compile(r"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_LONGEST_REASON = 200


def check(expression: JsonValue) -> list[str]:
    """Return what is wrong with an expression before it is ever run; an empty list is a good one."""
    try:
        _read(_text(expression))
    except BadExpression as error:
        return [str(error)]
    return []


def evaluate(expression: JsonValue, data: JsonObject) -> JsonValue:
    """Return the value of an expression over `data`; raise BadExpression where it has none within the budget."""
    tree = _read(_text(expression))
    meter = Meter(BUDGET)
    try:
        values = {name: to_cel(_variable(name, data), meter) for name in variables(expression)}
        return from_cel(result_of(tree, values, meter), meter)
    except BadExpression:
        raise
    except OverBudget as error:
        raise BadExpression("The expression takes too many operations.") from error
    except RecursionError as error:
        raise BadExpression("The expression is nested too deeply.") from error
    except MemoryError as error:
        raise BadExpression("The expression needs more memory than it may use.") from error
    except Exception as error:
        raise BadExpression(f"The expression can't be evaluated: {_reason(error)}.") from error


def variables(expression: JsonValue) -> frozenset[str]:
    """Return the names that an expression reads from the state; raise BadExpression for one that can't be read."""
    tree = _read(_text(expression))
    read = {str(ident.children[0]) for ident in tree.find_data("ident")}
    return frozenset(read - {str(name) for call in _macros(tree) for name in _bound(call)})


def _variable(name: str, data: JsonObject) -> JsonValue:
    if name in data:
        return data[name]
    if name == STATE:
        return data
    raise BadExpression(f"There is no {name!r} in the state.")


def _text(expression: JsonValue) -> str:
    if not isinstance(expression, str) or not expression.strip():
        raise BadExpression("Write an expression, such as score > 0.8 ? 'good' : 'bad'.")
    if len(expression) > MOST_CHARACTERS:
        raise BadExpression(f"The expression is longer than {MOST_CHARACTERS:,} characters.")
    return expression


@functools.lru_cache(maxsize=256)
def _read(text: str) -> Tree[Token]:
    _ensure_readable(text)
    try:
        tree: Tree[Token] = CELParser().parse(text)
    except CELParseError as error:
        raise BadExpression(f"The expression can't be read at line {error.line}, column {error.column}.") from error
    except Exception as error:
        raise BadExpression(f"The expression can't be read: {_reason(error)}.") from error
    for message in _mistakes(tree):
        raise BadExpression(message)
    return tree


def _ensure_readable(text: str) -> None:
    """Raise BadExpression for texts that are not closed, on which the reader would hang, and for deep nesting."""
    rest = _COMMENT_OR_TEXT.sub(" ", text)
    if '"""' in text or "'''" in text or any(mark in rest for mark in "\"'\\"):
        raise BadExpression("A text in the expression is not closed. Write it in one pair of single or double quotes.")
    depth = 0
    for character in rest:
        depth += (character in "([{") - (character in ")]}")
        if depth > MOST_DEPTH:
            raise BadExpression(f"The expression is nested more than {MOST_DEPTH} levels deep.")


def _mistakes(tree: Tree[Token]) -> Iterator[str]:
    """Yield what an expression uses and can't be had here."""
    for call in (*tree.find_data("ident_arg"), *tree.find_data("member_dot_arg")):
        name = next(str(part) for part in call.children if isinstance(part, Token))
        known = FUNCTIONS | (_MACROS if call.data == "member_dot_arg" else {"has", "dyn"})
        if name not in known:
            yield f"There is no function {name!r}. Use one of: {', '.join(sorted(FUNCTIONS | _MACROS | {'has'}))}."
    for call in _macros(tree):
        if len(_bound(call)) != 1:
            yield f"{call.children[1]} takes a name and an expression: items.{call.children[1]}(item, item > 1)."
    for kind in ("dot_ident", "dot_ident_arg", "member_object"):
        if any(True for _ in tree.find_data(kind)):
            yield "Messages and packages are not part of the expressions here. Write names without a leading dot."


def _macros(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    return (call for call in tree.find_data("member_dot_arg") if str(call.children[1]) in _MACROS)


def _bound(macro: Tree[Token]) -> list[Token]:
    """Return the name that a macro gives to each item, where its arguments are a name and an expression."""
    arguments = macro.children[2] if len(macro.children) > _BINDING_ARGUMENTS else None
    if not isinstance(arguments, Tree) or len(arguments.children) != _BINDING_ARGUMENTS:
        return []
    first = arguments.children[0]
    if not isinstance(first, Tree):
        return []
    tokens = list(first.scan_values(lambda _: True))
    idents = [str(ident.children[0]) for ident in first.find_data("ident")]
    return tokens if [str(token) for token in tokens] == idents else []


def _reason(error: Exception) -> str:
    """Return what an error of the library says, without the values that it met."""
    said = str(error.args[0]) if error.args else type(error).__name__
    return said.split(" (in activation", 1)[0].split("\n", 1)[0][:_LONGEST_REASON]
