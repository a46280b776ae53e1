"""What a code source is."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeGuard

from pydantic import JsonValue

from console.errors import Problem

KILOBYTE = 1024
_BARE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Code:
    """An agent's files by their path below the agent's folder, and which of them defines the entrypoint."""

    files: Mapping[str, bytes]
    entrypoint_file: str


class EntrypointPlace(NamedTuple):
    """Where a module defines its entrypoint, and whether the arguments it takes could be read there."""

    line: int
    are_arguments_known: bool


class Source(Protocol):
    """A kind of source. `data` is the `source` of a spec."""

    def problems(self, data: Mapping[str, JsonValue], *, entrypoint: str, entrypoint_file: str) -> list[Problem]:
        """Return what is wrong with it that can be known when it is saved, with paths below `source`."""

    def fetch(self, data: Mapping[str, JsonValue], *, entrypoint_file: str) -> Code:
        """Return the code; raise AgentRunFailed (`agent_code_fetch_failed`) where it can't be had."""


def bare_name_problem(entrypoint: str) -> Problem | None:
    """Return what is wrong with an entrypoint's name itself."""
    if "." in entrypoint:
        return Problem("Name a function of the module itself: a dotted path is not an entrypoint.", "entrypoint")
    if not _BARE_NAME.fullmatch(entrypoint):
        return Problem("Use one name: letters, digits and underscores, such as run.", "entrypoint")
    return None


def entrypoint_problem(code: str, *, entrypoint: str, file_name: str) -> Problem | None:
    """Return what is wrong with the entrypoint in a module, found by parsing it. The module is never imported."""
    try:
        module = ast.parse(code, filename=file_name)
    except SyntaxError as error:
        place = file_name if error.lineno is None else f"{file_name}, line {error.lineno}"
        return Problem(f"{place}: {error.msg}.", "source")
    except (ValueError, RecursionError, MemoryError):
        return Problem(f"{file_name} can't be read as Python.", "source")
    definition = _definition(module, entrypoint)
    if definition is None:
        return Problem(f"{file_name} defines no top-level {entrypoint}. Add it, or name another.", "entrypoint")
    if _is_plain_value(definition):
        return Problem(f"{entrypoint}, line {definition.lineno}, is a value and can't be called.", "entrypoint")
    return _signature_problem(definition) if _is_plain_function(definition) else None


def entrypoint_place(code: str, entrypoint: str) -> EntrypointPlace | None:
    """Return where a module defines its entrypoint; None where it does not, or can't be read."""
    try:
        definition = _definition(ast.parse(code), entrypoint)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if definition is None else EntrypointPlace(definition.lineno, _is_plain_function(definition))


def _is_plain_function(definition: ast.stmt | None) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Say whether the arguments that a definition takes stand in it: a decorator may change them."""
    return isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef) and not definition.decorator_list


def _is_plain_value(definition: ast.stmt) -> bool:
    """Say whether a definition gives the name what can't be called, whatever else the module does."""
    value = definition.value if isinstance(definition, ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr)


def _definition(module: ast.Module, name: str) -> ast.stmt | None:
    """Return the top-level statement that gives a name its last meaning."""
    return next((statement for statement in reversed(module.body) if name in _names(statement)), None)


def _names(statement: ast.stmt) -> set[str]:
    """Return the names that a top-level statement defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return {alias.asname or alias.name for alias in aliases}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            return {name}
        case ast.If() | ast.Try() | ast.With():
            return {name for inner in _inner_statements(statement) for name in _names(inner)}
        case _:
            return set()


def _inner_statements(statement: ast.stmt) -> list[ast.stmt]:
    return [inner for inner in ast.iter_child_nodes(statement) if isinstance(inner, ast.stmt)] + [
        inner for handler in getattr(statement, "handlers", []) for inner in handler.body
    ]


def _signature_problem(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Problem | None:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    takes_task = bool(positional) or arguments.vararg is not None
    named = {argument.arg for argument in [*arguments.args[1:], *arguments.kwonlyargs]}
    takes_rest = arguments.kwarg is not None or {"proxy_url", "run_token"} <= named
    if takes_task and takes_rest:
        return None
    return Problem(
        f"{function.name}, line {function.lineno}, must take (task_input, *, proxy_url, run_token).", "entrypoint"
    )
