"""Shell scripts with placeholders: values reach the script as data, in environment variables, never as its text.

Each placeholder becomes a reference to a variable, written for the quotes it stands in: `"${V}"` in bare words, `${V}`
in double quotes and here-documents, `'"${V}"'` in single quotes. The shell does not parse what a variable holds once
more, so no value can end a quote, begin a command or become two words. Where that would not hold (arithmetic, names of
commands, `eval`, code handed to another interpreter), the placeholder is refused with what to write instead.
"""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from orchestration.graph import JsonObject
from orchestration.shell.scan import MARK, with_references
from orchestration.shell.words import ShellError
from orchestration.templates import Literal, parts, text_of, value_of

__all__ = ["Prepared", "ShellError", "prepare", "variables"]

VARIABLE = "CALLBOARD_VALUE_"
#: The kernel takes at most 128 KB in one environment variable, its name included, and 2 MB in all of them.
MOST_VALUE_BYTES = 120 * 1024
MOST_BYTES = 1024 * 1024
MOST_SCRIPT_BYTES = 64 * 1024

#: Words with which a script has its own variables parsed as code: what a variable holds is not safe there.
_REPARSES = re.compile(
    r"(?<![\w./-])(?:eval|compgen)(?![\w./=-])|\$\{[^}]*@[A-Za-z]\}"
    r"|\|\s*(?:\S*/)?(?:ba|da|z|k|a)?sh(?:[ \t]+-\S*)*[ \t]*(?:[;&|)\n]|$)"
)
#: Words with which bash takes what a variable holds for an expression or a name, in which `a[$(command)]` runs it.
_COMPUTES = re.compile(
    r"\(\(|\$\[|\w\[|\$\{!|\$\{\w+:\s*[^-+=?\s]|(?<!\S)-(?:v|eq|ne|lt|le|gt|ge)(?!\S)|(?<![\w./-])(?:let\s|"
    r"(?:declare|typeset|local|readonly|export)\s+(?:-\S*[inaA]|[\"'$])|"
    r"(?:unset|read|readarray|mapfile|getopts|wait)\s+(?:-\S+\s+)*[\"'$])"
)
_RUNS_WHERE_COMPUTED = re.compile(r"[$`]")


class Prepared(NamedTuple):
    """A script that refers to its values; `names` are their placeholders, in the order of the variables."""

    script: str
    names: tuple[str, ...]
    computes: bool


@functools.lru_cache(maxsize=256)
def prepare(script: str) -> Prepared:
    """Return a script with its placeholders as references to variables.

    Raise ShellError for one that can't be made safe, TemplateError for a placeholder that is none.
    """
    if len(script.encode()) > MOST_SCRIPT_BYTES:
        raise ShellError(f"The script is larger than {MOST_SCRIPT_BYTES // 1024} KB.")
    if MARK in script:
        raise ShellError("The script holds the character NUL.")
    pieces = list(parts(script))
    marked = "".join(part.text if isinstance(part, Literal) else MARK for part in pieces)
    used = [part.name for part in pieces if not isinstance(part, Literal)]
    if not used:
        return Prepared(marked, (), computes=False)
    if _REPARSES.search(script):
        raise ShellError(
            "The script uses eval, compgen, ${…@…} or a pipe into a shell, which could run a value as code. "
            "Do without, or without placeholders."
        )
    names = tuple(dict.fromkeys(used))
    references = [f"{VARIABLE}{names.index(name) + 1}" for name in used]
    return Prepared(with_references(marked, references), names, computes=bool(_COMPUTES.search(marked)))


def variables(prepared: Prepared, state: JsonObject) -> Mapping[str, str]:
    """Return the variables that a prepared script refers to, with their values.

    Raise UnknownPlaceholder for a name that stands for nothing, ShellError for a value that can't be handed over.
    """
    values = {
        f"{VARIABLE}{number}": _checked(name, text_of(value_of(name, state)), computes=prepared.computes)
        for number, name in enumerate(prepared.names, start=1)
    }
    if sum(len(value.encode()) for value in values.values()) > MOST_BYTES:
        raise ShellError(f"The values of the placeholders have more than {MOST_BYTES // 1024} KB together.")
    return values


def _checked(name: str, value: str, *, computes: bool) -> str:
    if MARK in value:
        raise ShellError(f"The value of {{{{{name}}}}} holds the character NUL, which no script can be handed.")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise ShellError(f"The value of {{{{{name}}}}} holds half of a character.") from error
    if size > MOST_VALUE_BYTES:
        raise ShellError(
            f"The value of {{{{{name}}}}} has {size:,} bytes; a script can be handed {MOST_VALUE_BYTES:,}. "
            "Hand over a part of it, or where it can be fetched."
        )
    if computes and _RUNS_WHERE_COMPUTED.search(value):
        raise ShellError(
            f"The script computes or indexes with variables, where bash could run the value of {{{{{name}}}}} as code: "
            "it holds $ or `. Compare texts with `case`, or compute in another program."
        )
    return value
