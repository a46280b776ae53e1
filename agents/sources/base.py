"""What a code source is."""

import ast
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeGuard

from pydantic import JsonValue

from agents.models import Agent
from console.access import Actor
from console.errors import Problem

KILOBYTE = 1024
_BARE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


#: Called with a line for people, without a line end, on how the fetching goes. It holds no secret.
OnLine = Callable[[str], None]


class Hold(Protocol):
    """Keeps a folder of a cache from being cleared away. What is never let go of ends with its process."""

    def release(self) -> None:
        """Let go of it. May be called again."""


@dataclass(frozen=True, slots=True)
class Code:
    """What an agent consists of, and which of its files defines the entrypoint.

    Either `files`, small ones by their path below the agent's folder, or `folder`, one of the host that is only read,
    and stays for as long as `hold` is held. `secrets` are values that the run must not show. `origin` says where the
    code is from, as the run's page shows it.
    """

    entrypoint_file: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    folder: Path | None = None
    hold: Hold | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    origin: Mapping[str, JsonValue] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of the folder, once it is in the sandbox or the run is over."""
        if self.hold is not None:
            self.hold.release()


@dataclass(frozen=True, slots=True)
class FetchContext:
    """For whom code is fetched. `stop` is set when nobody waits for it any more; fetching then ends as a failure."""

    organization_id: uuid.UUID
    entrypoint_file: str
    stop: threading.Event
    on_line: OnLine


class EntrypointPlace(NamedTuple):
    """Where a module defines its entrypoint, and whether the arguments it takes could be read there."""

    line: int
    are_arguments_known: bool


class Source(Protocol):
    """A kind of source. `data` is the `source` of a spec. A class that derives from it need not say what it shares."""

    def problems(self, data: Mapping[str, JsonValue], *, entrypoint: str, entrypoint_file: str) -> list[Problem]:
        """Return what is wrong with it that can be known when it is saved, with paths below `source`."""

    def fetch(self, data: Mapping[str, JsonValue], context: FetchContext) -> Code:
        """Return the code.

        Raise AgentRunFailed where it can't be had: `agent_code_fetch_failed`, or `agent_secret_unresolved` for want of
        a credential.
        """

    def problems_for(self, data: Mapping[str, JsonValue], agent: Agent) -> list[Problem]:  # noqa: ARG002  # few ask
        """Return what is wrong with it for this agent, such as a credential that its organization doesn't have."""
        return []

    def stored(self, data: dict[str, JsonValue], *, actor: Actor, agent: Agent) -> dict[str, JsonValue]:  # noqa: ARG002
        """Return what is kept of what was sent, in the transaction in which the agent is saved.

        What is sent may hold a secret; what is kept does not.
        """
        return data


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
